// normalization/gradient_sums — strip sums of g and g * xhat, where g = dy * factor * gate(clip) and xhat = (x - mean)/sqrt(variance + epsilon)
// in  0 dy    f32 [images, H*W, C]      in 1 x f32 [images, H*W, C] input of the batch norm
// in  2 state f32 [groups, 4, C']       in 3 drop f32 [edges, T*B] (DROP)
// out 4 sums  f32 [T*B*strips, 2, C']
// grid images * strips * lanes
// flags VEC, DROP, HALF_IN: x is f16 (lib/half)
struct Parameters {
  invocations : u32, batch : u32, firstImage : u32, pixels : u32,
  strips : u32, lanes : u32, stateStride : u32, stripLength : u32,
  sign : u32, perStep : u32, dropRow : u32, epsilon : f32,
}
#include "lib/element"
#include "lib/half"
#include "lib/half_source"
@group(0) @binding(0) var<storage, read> dy : array<Element>;
@group(0) @binding(1) var<storage, read> x : array<Source>;
@group(0) @binding(2) var<storage, read> state : array<Element>;
@group(0) @binding(3) var<storage, read> drop : array<f32>;
@group(0) @binding(4) var<storage, read_write> sums : array<Element>;
@group(0) @binding(5) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/edge"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let lane = index % p.lanes;
  let strip = (index / p.lanes) % p.strips;
  let image = p.firstImage + index / (p.lanes * p.strips);
  let statisticsSet = select(0u, image / p.batch, p.perStep != 0u);
  let at = statisticsSet * 4u * p.stateStride + lane;
  let mean = state[at];
  let inverse = inverseSqrt(state[at + p.stateStride] + Element(p.epsilon));
  let scale = state[at + 2u * p.stateStride];
  let shift = state[at + 3u * p.stateStride];
  var factor = 1.0;
  #if ${DROP}
  factor = drop[p.dropRow + image];
  #else
  _ = &drop;
  #endif
  var sum = Element(0.0);
  var product = Element(0.0);
  let last = min((strip + 1u) * p.stripLength, p.pixels);
  for (var pixel = strip * p.stripLength; pixel < last; pixel++) {
    let element = ((image - p.firstImage) * p.pixels + pixel) * p.lanes + lane;
    let value = real(x[element]);
    let g = dy[element] * signGate(value * scale + shift, p.sign);
    sum += g;
    product += g * ((value - mean) * inverse);
  }
  let destination = (image * p.strips + strip) * 2u * p.stateStride + lane;
  sums[destination] = sum * factor;
  sums[destination + p.stateStride] = product * factor;
}
