// synapse/depth_weights_gradient — dw[k, n, c, o] (+)= sum over e, in order, of dy[n, e*stride + k - padding, c, e, o]
// in  0 dy f32 [N, depth, C, outputDepth, O]   io 1 dw f32 [taps, N, C, O]
// grid taps * N * C * O
// flags ACCUMULATE: adds to dw
struct Parameters {
  invocations : u32, taps : u32, positions : u32, channels : u32,
  outputs : u32, depth : u32, outputDepth : u32, stride : u32,
  padding : u32,
}
@group(0) @binding(0) var<storage, read> dy : array<f32>;
@group(0) @binding(1) var<storage, read_write> dw : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let o = index % p.outputs;
  let c = index / p.outputs % p.channels;
  let n = index / (p.outputs * p.channels) % p.positions;
  let k = index / (p.outputs * p.channels * p.positions);
  var sum = 0.0;
  for (var e = 0u; e < p.outputDepth; e++) {
    let d = i32(e * p.stride + k) - i32(p.padding);
    if (d >= 0 && d < i32(p.depth)) {
      sum += dy[(((n * p.depth + u32(d)) * p.channels + c) * p.outputDepth + e) * p.outputs + o];
    }
  }
  #if ${ACCUMULATE}
  dw[index] += sum;
  #else
  dw[index] = sum;
  #endif
}
