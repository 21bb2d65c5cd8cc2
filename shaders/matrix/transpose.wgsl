// matrix/transpose — y[n, m] = x[m, n]
// in  0 x f32 [M, N]   out 1 y f32 [N, M]
// grid M*N
struct Parameters { invocations : u32, m : u32, n : u32 }
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read_write> y : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  y[index] = x[index % p.m * p.n + index / p.m];
}
