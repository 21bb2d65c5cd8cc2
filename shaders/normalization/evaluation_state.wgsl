// normalization/evaluation_state — scale and shift from the running averages
// in  0 running f32 [rows, 2, C]   in 1 gamma f32 [C]   in 2 beta f32 [C]
// out 3 state   f32 [rows, 4, C'] mean, variance, scale, shift
// grid rows * C'
struct Parameters { invocations : u32, channels : u32, padded : u32, epsilon : f32 }
@group(0) @binding(0) var<storage, read> running : array<f32>;
@group(0) @binding(1) var<storage, read> gamma : array<f32>;
@group(0) @binding(2) var<storage, read> beta : array<f32>;
@group(0) @binding(3) var<storage, read_write> state : array<f32>;
@group(0) @binding(4) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let row = index / p.padded;
  let c = index % p.padded;
  let at = row * 4u * p.padded + c;
  if (c >= p.channels) {
    for (var k = 0u; k < 4u; k++) { state[at + k * p.padded] = 0.0; }
    return;
  }
  let mean = running[row * 2u * p.channels + c];
  let variance = running[(row * 2u + 1u) * p.channels + c];
  let scale = gamma[c] / sqrt(variance + p.epsilon);
  state[at] = mean;
  state[at + p.padded] = variance;
  state[at + 2u * p.padded] = scale;
  state[at + 3u * p.padded] = beta[c] - mean * scale;
}
