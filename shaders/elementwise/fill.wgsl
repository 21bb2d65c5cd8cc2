// elementwise/fill — y[i] = value: sums of atomics begin from nothing
// out 0 y u32 [N]
// grid N
struct Parameters { invocations : u32, value : u32 }
@group(0) @binding(0) var<storage, read_write> y : array<u32>;
@group(0) @binding(1) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  y[index] = p.value;
}
