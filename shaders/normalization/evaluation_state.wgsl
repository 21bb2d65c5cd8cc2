// normalization/evaluation_state — scale and shift from the running averages
// in  0 running f32 [runningRows, 2, C]   in 1 gamma f32 [affineRows, C]   in 2 beta f32 [affineRows, C] (BETA, else 0)
// out 3 state   f32 [rows, 4, C'] mean, variance, scale, shift
// grid rows * C'; runningRows and affineRows are 1 or rows
// flags BETA
struct Parameters { invocations : u32, channels : u32, padded : u32, epsilon : f32, runningRows : u32, affineRows : u32 }
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
  let average = select(row, 0u, p.runningRows == 1u) * 2u * p.channels + c;
  let affine = select(row, 0u, p.affineRows == 1u) * p.channels + c;
  let mean = running[average];
  let variance = running[average + p.channels];
  let scale = gamma[affine] / sqrt(variance + p.epsilon);
  state[at] = mean;
  state[at + p.padded] = variance;
  state[at + 2u * p.padded] = scale;
  #if ${BETA}
  state[at + 3u * p.padded] = beta[affine] - mean * scale;
  #else
  _ = &beta;
  state[at + 3u * p.padded] = -mean * scale;
  #endif
}
