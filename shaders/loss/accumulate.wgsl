// loss/accumulate — metrics += (sum of loss, sum of correct, samples), one invocation, in order: the same bits every run
// in  0 samples f32 [B, 2]   io 1 metrics f32 [4]
// grid 1
struct Parameters { invocations : u32, batch : u32 }
@group(0) @binding(0) var<storage, read> samples : array<f32>;
@group(0) @binding(1) var<storage, read_write> metrics : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  var loss = 0.0;
  var correct = 0.0;
  for (var b = 0u; b < p.batch; b++) {
    loss += samples[b * 2u];
    correct += samples[b * 2u + 1u];
  }
  metrics[0] += loss;
  metrics[1] += correct;
  metrics[2] += f32(p.batch);
  metrics[3] = loss / f32(p.batch);
}
