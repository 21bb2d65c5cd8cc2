// encoding/fields — Gaussian receptive fields: act[i, k] = exp(-(x[i] - mu_k)^2 / 2 sigma^2), mu_k = first + k * spacing
// in  0 x f32 [N]   out 1 act f32 [N, M]
// grid N * M
struct Parameters { invocations : u32, fields : u32, first : f32, spacing : f32, inverseWidth : f32 }
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read_write> act : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let distance = (x[index / p.fields] - p.first - f32(index % p.fields) * p.spacing) * p.inverseWidth;
  act[index] = exp(max(-0.5 * distance * distance, -80.0));
}
