// profiler/copy_rate — y = x: what the device's memory gives, each byte read once and written once
// in  0 x f32 [N]   out 1 y f32 [N]
// grid N / (4 * perInvocation) (VEC) or N / perInvocation; an invocation's elements lie `invocations` apart
struct Parameters { invocations : u32, perInvocation : u32 }
#include "lib/element"
@group(0) @binding(0) var<storage, read> x : array<Element>;
@group(0) @binding(1) var<storage, read_write> y : array<Element>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  for (var k = 0u; k < p.perInvocation; k++) { y[k * p.invocations + index] = x[k * p.invocations + index]; }
}
