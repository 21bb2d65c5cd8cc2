// normalization/evaluation_state — scale and shift from the running averages
// in  0 running f32 [2, C]   in 1 gamma f32 [C]   in 2 beta f32 [C]
// out 3 state   f32 [1, 4, C'] mean, variance, scale, shift
// grid C'
struct Parameters { channels : u32, padded : u32, epsilon : f32 }
@group(0) @binding(0) var<storage, read> running : array<f32>;
@group(0) @binding(1) var<storage, read> gamma : array<f32>;
@group(0) @binding(2) var<storage, read> beta : array<f32>;
@group(0) @binding(3) var<storage, read_write> state : array<f32>;
@group(0) @binding(4) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let c = invocationIndex(group, groups, local);
  if (c >= p.padded) { return; }
  if (c >= p.channels) {
    for (var row = 0u; row < 4u; row++) { state[row * p.padded + c] = 0.0; }
    return;
  }
  let scale = gamma[c] / sqrt(running[p.channels + c] + p.epsilon);
  state[c] = running[c];
  state[p.padded + c] = running[p.channels + c];
  state[2u * p.padded + c] = scale;
  state[3u * p.padded + c] = beta[c] - running[c] * scale;
}
