// elementwise/spike_gate — dx[n, i] (+)= sign * dz[n, i] where bit i of image n is set (INVERT: is not set), else 0
// in  0 dz f32 [images, N]   in 1 spikes u32 [images, wordsPerImage]   out 2 dx f32 [images, N]
// grid images * N
// flags INVERT; ACCUMULATE: adds to dx
struct Parameters { invocations : u32, neurons : u32, wordsPerImage : u32, sign : f32 }
@group(0) @binding(0) var<storage, read> dz : array<f32>;
@group(0) @binding(1) var<storage, read> spikes : array<u32>;
@group(0) @binding(2) var<storage, read_write> dx : array<f32>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let n = index % p.neurons;
  let bit = (spikes[index / p.neurons * p.wordsPerImage + n / 32u] >> (n & 31u)) & 1u;
  #if ${INVERT}
  let open = bit == 0u;
  #else
  let open = bit != 0u;
  #endif
  let value = select(0.0, p.sign * dz[index], open);
  #if ${ACCUMULATE}
  dx[index] += value;
  #else
  dx[index] = value;
  #endif
}
