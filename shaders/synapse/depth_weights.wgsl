// synapse/depth_weights — y[n, d, c, e, o] = w[d + padding - e*stride, n, c, o], 0 where there is no such tap: a convolution
// over depth as a flat one, whose channels are depth and channel
// in  0 w f32 [taps, N, C, O]   out 1 y f32 [N, depth, C, outputDepth, O]
// grid N * depth * C * outputDepth * O
struct Parameters {
  invocations : u32, taps : u32, positions : u32, channels : u32,
  outputs : u32, depth : u32, outputDepth : u32, stride : u32,
  padding : u32,
}
@group(0) @binding(0) var<storage, read> w : array<f32>;
@group(0) @binding(1) var<storage, read_write> y : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let o = index % p.outputs;
  let e = index / p.outputs % p.outputDepth;
  let row = index / (p.outputs * p.outputDepth);
  let c = row % p.channels;
  let d = row / p.channels % p.depth;
  let n = row / (p.channels * p.depth);
  let tap = i32(d + p.padding) - i32(e * p.stride);
  let inside = tap >= 0 && tap < i32(p.taps);
  let place = ((u32(select(0, tap, inside)) * p.positions + n) * p.channels + c) * p.outputs + o;
  y[index] = select(0.0, w[place], inside);
}
