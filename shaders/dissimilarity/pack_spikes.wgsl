// dissimilarity/pack_spikes — bit n & 31 of word n >> 5 is set where x[image, n] > 0
// in  0 x f32 [images, N]   out 1 spikes u32 [images, words]
// grid images * words
struct Parameters { invocations : u32, neurons : u32, words : u32 }
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read_write> spikes : array<u32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let first = index % p.words * 32u;
  let image = index / p.words;
  var bits = 0u;
  for (var bit = 0u; bit < min(32u, p.neurons - first); bit++) {
    bits |= select(0u, 1u << bit, x[image * p.neurons + first + bit] > 0.0);
  }
  spikes[index] = bits;
}
