// normalization/moments — mean and sum of squared deviations of each strip of 16 pixels
// in  0 x f32 [images, H*W, C]   out 1 moments f32 [T*B*strips, 2, C']
// grid images * strips * lanes
// flags VEC, HALF_IN: x is f16 (lib/half)
struct Parameters { invocations : u32, firstImage : u32, pixels : u32, strips : u32, lanes : u32, stateStride : u32, stripLength : u32 }
#include "lib/element"
#include "lib/half"
#include "lib/half_source"
@group(0) @binding(0) var<storage, read> x : array<Source>;
@group(0) @binding(1) var<storage, read_write> moments : array<Element>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let lane = index % p.lanes;
  let strip = (index / p.lanes) % p.strips;
  let image = index / (p.lanes * p.strips);
  let first = strip * p.stripLength;
  let last = min(first + p.stripLength, p.pixels);
  var mean = Element(0.0);
  var squares = Element(0.0);
  for (var pixel = first; pixel < last; pixel++) {
    let value = real(x[(image * p.pixels + pixel) * p.lanes + lane]);
    let delta = value - mean;
    mean += delta / f32(pixel - first + 1u);
    squares += delta * (value - mean);
  }
  let at = ((p.firstImage + image) * p.strips + strip) * 2u * p.stateStride + lane;
  moments[at] = mean;
  moments[at + p.stateStride] = squares;
}
