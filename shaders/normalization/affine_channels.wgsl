// normalization/affine_channels — dgamma[c] (+)= factor * sum over t of weight[t] * dscale[t, c], dbeta[c] (+)= sum over t of weight[t] * dshift[t, c]
// in  0 dscale f32 [T, C]   in 1 dshift f32 [T, C]   in 2 weight f32 [T] (STEPS, else 1)
// out 3 dgamma f32 [C]   out 4 dbeta f32 [C]
// grid C
// flags STEPS: a weight for each time step; ACCUMULATE: adds to what is there
struct Parameters { invocations : u32, steps : u32, factor : f32 }
@group(0) @binding(0) var<storage, read> dscale : array<f32>;
@group(0) @binding(1) var<storage, read> dshift : array<f32>;
@group(0) @binding(2) var<storage, read> weight : array<f32>;
@group(0) @binding(3) var<storage, read_write> dgamma : array<f32>;
@group(0) @binding(4) var<storage, read_write> dbeta : array<f32>;
@group(0) @binding(5) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  var a = 0.0;
  var b = 0.0;
  for (var t = 0u; t < p.steps; t++) {
    #if ${STEPS}
    let w = weight[t];
    #else
    let w = 1.0;
    _ = &weight;
    #endif
    a += w * dscale[t * p.invocations + index];
    b += w * dshift[t * p.invocations + index];
  }
  #if ${ACCUMULATE}
  dgamma[index] += p.factor * a;
  dbeta[index] += b;
  #else
  dgamma[index] = p.factor * a;
  dbeta[index] = b;
  #endif
}
