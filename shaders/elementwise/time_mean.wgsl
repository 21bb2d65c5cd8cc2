// elementwise/time_mean — y[i] (+)= sum over steps of x[t, i] * scale
// in  0 x f32 [T, N]   out 1 y f32 [N]
// grid N
struct Parameters { invocations : u32, steps : u32, scale : f32 }
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read_write> y : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  var sum = 0.0;
  for (var t = 0u; t < p.steps; t++) { sum += x[t * p.invocations + index]; }
  #if ${ACCUMULATE}
  y[index] += sum * p.scale;
  #else
  y[index] = sum * p.scale;
  #endif
}
