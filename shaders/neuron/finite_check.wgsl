// neuron/finite_check — counts the numbers of x that are not finite: a neuron would pass over them in silence
// in  0 x f32 [N]   io 1 faults u32 [1] + numbers that are NaN or infinite
// grid N/16
struct Parameters { invocations : u32, count : u32 }
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read_write> faults : array<atomic<u32>>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/encoding"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let end = min(index * 16u + 16u, p.count);
  var wrong = 0u;
  for (var i = index * 16u; i < end; i++) { wrong += select(0u, 1u, notFinite(x[i])); }
  if (wrong > 0u) { atomicAdd(&faults[0], wrong); }
}
