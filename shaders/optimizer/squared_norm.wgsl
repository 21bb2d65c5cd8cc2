// optimizer/squared_norm — partial sums of squares of a gradient, 64 strided elements an invocation
// in  0 gradient f32 [N]   out 1 sums f32 [invocations]
struct Parameters { invocations : u32, count : u32 }
@group(0) @binding(0) var<storage, read> gradient : array<f32>;
@group(0) @binding(1) var<storage, read_write> sums : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  var sum = 0.0;
  for (var i = index; i < p.count; i += p.invocations) { sum += gradient[i] * gradient[i]; }
  sums[index] = sum;
}
