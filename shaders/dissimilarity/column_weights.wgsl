// dissimilarity/column_weights — what each sample's spikes weigh in a sum of similarities that needs no pairs (sheet 00, section 4.5)
// PEARSON: u[t,i] = 1 / sqrt(N p (1 - p)) with p = a / N, 0 for a constant sample, and offset[t] = sum over i of p u;
// else, for cosines: u[t,i] = 1 / sqrt(a), 0 for a silent sample, and offset 0
// in  0 counts u32 [T, B]   out 1 weights f32 [T, B + 1]: u, then the offset
// grid T
struct Parameters { invocations : u32, batch : u32, neurons : f32 }
@group(0) @binding(0) var<storage, read> counts : array<u32>;
@group(0) @binding(1) var<storage, read_write> weights : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let t = invocationIndex(group, groups, local);
  if (t >= p.invocations) { return; }
  var offset = 0.0;
  for (var b = 0u; b < p.batch; b++) {
    let a = f32(counts[t * p.batch + b]);
    #if ${PEARSON}
    let spread = a * (p.neurons - a) / p.neurons;
    let u = select(0.0, inverseSqrt(max(spread, 1e-6)), spread > 0.0);
    offset += a / p.neurons * u;
    #else
    let u = select(0.0, inverseSqrt(max(a, 1.0)), a > 0.0);
    #endif
    weights[t * (p.batch + 1u) + b] = u;
  }
  weights[t * (p.batch + 1u) + p.batch] = offset;
}
