// dissimilarity/spike_counts — counts[i] = number of spikes of image i, by population count of its words
// in  0 spikes u32 [images, words]   out 1 counts u32 [images]
// grid images
struct Parameters { invocations : u32, words : u32, first : u32 }
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read_write> counts : array<u32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  var sum = 0u;
  for (var w = 0u; w < p.words; w++) { sum += countOneBits(spikes[index * p.words + w]); }
  counts[p.first + index] = sum;
}
