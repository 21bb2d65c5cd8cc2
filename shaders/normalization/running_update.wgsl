// normalization/running_update — running += momentum * (batch - running); unbiased variance. With one row of running
// averages every group of statistics goes into it in order; with a row for each group, each goes into its own.
// in  0 state   f32 [groups, 4, C'] mean, variance, scale, shift
// out 1 running f32 [rows, 2, C] mean, variance; rows = 1 or groups
// grid rows * C
struct Parameters { channels : u32, padded : u32, groups : u32, rows : u32, count : f32, momentum : f32 }
@group(0) @binding(0) var<storage, read> state : array<f32>;
@group(0) @binding(1) var<storage, read_write> running : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.rows * p.channels) { return; }
  let row = index / p.channels;
  let c = index % p.channels;
  let at = row * 2u * p.channels + c;
  var mean = running[at];
  var variance = running[at + p.channels];
  let unbias = p.count / max(p.count - 1.0, 1.0);
  for (var g = row; g < p.groups; g += p.rows) {
    mean += p.momentum * (state[g * 4u * p.padded + c] - mean);
    variance += p.momentum * (state[(g * 4u + 1u) * p.padded + c] * unbias - variance);
  }
  running[at] = mean;
  running[at + p.channels] = variance;
}
