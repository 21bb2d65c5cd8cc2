// normalization/affine_steps — dweight[t] (+)= sum over c of factor * gamma[c] * dscale[t, c] + beta[c] * dshift[t, c], in order
// in  0 dscale f32 [T, C]   in 1 dshift f32 [T, C]   in 2 gamma f32 [C]   in 3 beta f32 [C]
// out 4 dweight f32 [T]
// grid T
// flags ACCUMULATE: adds to what is there
struct Parameters { invocations : u32, channels : u32, factor : f32 }
@group(0) @binding(0) var<storage, read> dscale : array<f32>;
@group(0) @binding(1) var<storage, read> dshift : array<f32>;
@group(0) @binding(2) var<storage, read> gamma : array<f32>;
@group(0) @binding(3) var<storage, read> beta : array<f32>;
@group(0) @binding(4) var<storage, read_write> dweight : array<f32>;
@group(0) @binding(5) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let t = invocationIndex(group, groups, local);
  if (t >= p.invocations) { return; }
  var sum = 0.0;
  for (var c = 0u; c < p.channels; c++) {
    let at = t * p.channels + c;
    sum += p.factor * gamma[c] * dscale[at] + beta[c] * dshift[at];
  }
  #if ${ACCUMULATE}
  dweight[t] += sum;
  #else
  dweight[t] = sum;
  #endif
}
