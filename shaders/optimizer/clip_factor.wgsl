// optimizer/clip_factor — factor = min(1, maximum / (norm + 1e-6)); also keeps the norm for the log
// in  0 sums f32 [count]   out 1 factor f32 [2] factor, norm
// grid 1
struct Parameters { invocations : u32, count : u32, maximum : f32 }
@group(0) @binding(0) var<storage, read> sums : array<f32>;
@group(0) @binding(1) var<storage, read_write> factor : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  var sum = 0.0;
  for (var i = 0u; i < p.count; i++) { sum += sums[i]; }
  let norm = sqrt(sum);
  factor[0] = min(1.0, p.maximum / (norm + 1e-6));
  factor[1] = norm;
}
