// elementwise/time_repeat — y[t, i] (+)= x[i] * scale: gradient of the mean over time
// in  0 x f32 [N]   out 1 y f32 [T, N]
// grid T * N
struct Parameters { invocations : u32, count : u32, scale : f32 }
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read_write> y : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let value = x[index % p.count] * p.scale;
  #if ${ACCUMULATE}
  y[index] += value;
  #else
  y[index] = value;
  #endif
}
