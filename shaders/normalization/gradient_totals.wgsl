// normalization/gradient_totals — totals[r, k, c] = sum over all steps t of scale[t, c] * merged[t, k, c]: what steps of unequal
// scale contribute to the gradients by their common mean and variance (sheet 16, section 3.4), repeated for each step
// in  0 merged f32 [T, 2, C'] sums of g and of g * xhat   in 1 state f32 [T, 4, C'] scale at row 2
// out 2 totals f32 [T, 2, C']
// grid 2 * C'
struct Parameters { invocations : u32, padded : u32, steps : u32 }
@group(0) @binding(0) var<storage, read> merged : array<f32>;
@group(0) @binding(1) var<storage, read> state : array<f32>;
@group(0) @binding(2) var<storage, read_write> totals : array<f32>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  var sum = 0.0;
  for (var t = 0u; t < p.steps; t++) {
    sum += state[(t * 4u + 2u) * p.padded + index % p.padded] * merged[t * 2u * p.padded + index];
  }
  for (var t = 0u; t < p.steps; t++) { totals[t * 2u * p.padded + index] = sum; }
}
