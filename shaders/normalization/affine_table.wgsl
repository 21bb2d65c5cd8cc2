// normalization/affine_table — scale[t, c] = factor * weight[t] * gamma[c], shift[t, c] = weight[t] * beta[c] (sheet 16, section 3.2)
// in  0 gamma f32 [C]   in 1 beta f32 [C]   in 2 weight f32 [T] (STEPS, else 1)
// out 3 scale f32 [T, C]   out 4 shift f32 [T, C]
// grid T * C
// flags STEPS: a weight for each time step
struct Parameters { invocations : u32, channels : u32, factor : f32 }
@group(0) @binding(0) var<storage, read> gamma : array<f32>;
@group(0) @binding(1) var<storage, read> beta : array<f32>;
@group(0) @binding(2) var<storage, read> weight : array<f32>;
@group(0) @binding(3) var<storage, read_write> scale : array<f32>;
@group(0) @binding(4) var<storage, read_write> shift : array<f32>;
@group(0) @binding(5) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let c = index % p.channels;
  #if ${STEPS}
  let w = weight[index / p.channels];
  #else
  let w = 1.0;
  _ = &weight;
  #endif
  scale[index] = p.factor * w * gamma[c];
  shift[index] = w * beta[c];
}
