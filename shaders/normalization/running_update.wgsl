// normalization/running_update — running += momentum * (batch - running), once for each group in order; unbiased variance
// in  0 state   f32 [groups, 4, C'] mean, variance, scale, shift
// out 1 running f32 [2, C] mean, variance
// grid C
struct Parameters { channels : u32, padded : u32, groups : u32, count : f32, momentum : f32 }
@group(0) @binding(0) var<storage, read> state : array<f32>;
@group(0) @binding(1) var<storage, read_write> running : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let c = invocationIndex(group, groups, local);
  if (c >= p.channels) { return; }
  var mean = running[c];
  var variance = running[p.channels + c];
  let unbias = p.count / max(p.count - 1.0, 1.0);
  for (var g = 0u; g < p.groups; g++) {
    mean += p.momentum * (state[g * 4u * p.padded + c] - mean);
    variance += p.momentum * (state[(g * 4u + 1u) * p.padded + c] * unbias - variance);
  }
  running[c] = mean;
  running[p.channels + c] = variance;
}
