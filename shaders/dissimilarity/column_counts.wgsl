// dissimilarity/column_counts — c[t, n] = number of samples in which neuron n fires at step t
// One invocation counts the 32 neurons of one word.
// in  0 spikes u32 [T, B, words]   out 1 counts u32 [T, N]
// grid T * words
struct Parameters { invocations : u32, batch : u32, words : u32, neurons : u32, firstStep : u32, bits : u32 }
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read_write> counts : array<u32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let word = index % p.words;
  let t = index / p.words;
  var sums : array<u32, 40>;
  for (var b = 0u; b < p.batch; b++) {
    var bits = spikes[(t * p.batch + b) * p.words + word];
    while (bits != 0u) {
      sums[firstTrailingBit(bits)]++;
      bits &= bits - 1u;
    }
  }
  for (var bit = 0u; bit < min(p.bits, p.neurons - word * 32u); bit++) {
    counts[(p.firstStep + t) * p.neurons + word * 32u + bit] = sums[bit];
  }
}
