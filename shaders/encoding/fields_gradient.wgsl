// encoding/fields_gradient — dx[i] (+)= sum over k of dact[i, k] act[i, k] (mu_k - x[i]) / sigma^2
// in  0 x f32 [N]   in 1 dact f32 [N, M]   io 2 dx f32 [N]
// grid N
// flags ACCUMULATE: adds to what other readers of x have left there
struct Parameters { invocations : u32, fields : u32, first : f32, spacing : f32, inverseWidth : f32 }
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read> dact : array<f32>;
@group(0) @binding(2) var<storage, read_write> dx : array<f32>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let value = x[index];
  var sum = 0.0;
  for (var k = 0u; k < p.fields; k++) {
    let distance = (value - p.first - f32(k) * p.spacing) * p.inverseWidth;
    sum -= dact[index * p.fields + k] * exp(max(-0.5 * distance * distance, -80.0)) * distance * p.inverseWidth;
  }
  #if ${ACCUMULATE}
  dx[index] += sum;
  #else
  dx[index] = sum;
  #endif
}
