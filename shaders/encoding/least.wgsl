// encoding/least — bits of the smallest max(x - theta, 1e-7): positive numbers are ordered as their bits are
// in  0 x f32 [N] in [0, 1]; others do not count   io 1 least u32 [1], a large number at first
// grid N
struct Parameters { invocations : u32, theta : f32 }
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read_write> least : array<atomic<u32>>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/encoding"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let value = x[index];
  if (outsideUnit(value)) { return; }
  atomicMin(&least[0], bitcast<u32>(max(value - p.theta, 1e-7)));
}
