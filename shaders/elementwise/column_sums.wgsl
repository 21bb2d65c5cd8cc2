// elementwise/column_sums — y[c] (+)= sum over rows of x[r, c], in order: gradient of a bias
// in  0 x f32 [rows, C]   out 1 y f32 [C]
// grid C
struct Parameters { invocations : u32, rows : u32 }
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read_write> y : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  var sum = 0.0;
  for (var r = 0u; r < p.rows; r++) { sum += x[r * p.invocations + index]; }
  #if ${ACCUMULATE}
  y[index] += sum;
  #else
  y[index] = sum;
  #endif
}
