// dissimilarity/weighted_columns — partial[t, w] = sum over the neurons n of word w of (sum over samples i of u[t,i] x[t,i,n] - offset[t])^2:
// added up it is the sum of all pairs' cosines or correlations (sheet 00, section 4.5)
// in  0 spikes u32 [T, B, words]   in 1 weights f32 [T, B + 1]: u, then the offset   out 2 partial f32 [T, words]
// grid T * words
struct Parameters { invocations : u32, batch : u32, words : u32, neurons : u32, firstStep : u32, bits : u32 }
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read> weights : array<f32>;
@group(0) @binding(2) var<storage, read_write> partial : array<f32>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let word = index % p.words;
  let t = index / p.words;
  let row = (p.firstStep + t) * (p.batch + 1u);
  var sums : array<f32, 40>;
  for (var b = 0u; b < p.batch; b++) {
    let u = weights[row + b];
    var bits = spikes[(t * p.batch + b) * p.words + word];
    while (bits != 0u) {
      sums[firstTrailingBit(bits)] += u;
      bits &= bits - 1u;
    }
  }
  let offset = weights[row + p.batch];
  var total = 0.0;
  for (var bit = 0u; bit < min(p.bits, p.neurons - word * 32u); bit++) { total += (sums[bit] - offset) * (sums[bit] - offset); }
  partial[p.firstStep * p.words + index] = total;
}
