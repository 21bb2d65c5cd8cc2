// profiler/count_bits — counts[place] += number of set bits of x: how many neurons fired in a tensor of packed spikes
// in  0 x u32 [words]   io 1 counts u32 [dispatches]
// grid at most 16384; an invocation takes every invocations-th word
struct Parameters { invocations : u32, words : u32, place : u32 }
@group(0) @binding(0) var<storage, read> x : array<u32>;
@group(0) @binding(1) var<storage, read_write> counts : array<atomic<u32>>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  var sum = 0u;
  for (var i = index; i < p.words; i += p.invocations) { sum += countOneBits(x[i]); }
  atomicAdd(&counts[p.place], sum);
}
