// testing/copy_range — y[place + i] = x[first + i]: between a whole tensor and the slab of it that a program holds
// in  0 x u32 [first + n]   out 1 y u32 [place + n]
// grid n
struct Parameters { invocations : u32, first : u32, place : u32 }
@group(0) @binding(0) var<storage, read> x : array<u32>;
@group(0) @binding(1) var<storage, read_write> y : array<u32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  y[p.place + index] = x[p.first + index];
}
