// elementwise/unpack_spikes — y[n, i] = bit i of image n as 0 or 1
// in  0 spikes u32 [images, wordsPerImage]   out 1 y f32 [images, N]
// grid images * N
struct Parameters { invocations : u32, neurons : u32, wordsPerImage : u32 }
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read_write> y : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let n = index % p.neurons;
  y[index] = f32((spikes[(index / p.neurons) * p.wordsPerImage + n / 32u] >> (n & 31u)) & 1u);
}
