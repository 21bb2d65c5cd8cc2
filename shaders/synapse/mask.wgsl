// synapse/mask — y[i] (+)= w[i] mask[i]: weights of the synapses that there are, and their gradient from that of y
// in  0 w f32 [N]   in 1 mask f32 [N] of zeros and ones   io 2 y f32 [N]
// grid N
// flags ACCUMULATE: adds to y
struct Parameters { invocations : u32 }
@group(0) @binding(0) var<storage, read> w : array<f32>;
@group(0) @binding(1) var<storage, read> mask : array<f32>;
@group(0) @binding(2) var<storage, read_write> y : array<f32>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let value = w[index] * mask[index];
  #if ${ACCUMULATE}
  y[index] += value;
  #else
  y[index] = value;
  #endif
}
