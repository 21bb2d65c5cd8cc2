// neuron/psn_backward — gradient of neuron/psn_forward: gh[t] = dy[t] surrogate'(h[t]), dx[s] (+)= sum_t W[t, s] gh[t]
// in  0 x  f32 [T, B, N]   in 1 weights f32 [T, T + 1]   in 2 dy f32 [T, B, N]
// out 3 gh f32 [T, B, N], for neuron/psn_weight_gradient   io 4 dx f32 [T, B, N] (INPUT_GRADIENT)
// grid B * N/4 (VEC) or B * N
// flags ACCUMULATE adds to dx; T is at most 40
#include "lib/element"
struct Parameters {
  invocations : u32, steps : u32, alpha : f32, alpha1 : f32,
  alpha2 : f32, alpha3 : f32,
}
@group(0) @binding(0) var<storage, read> x : array<Element>;
@group(0) @binding(1) var<storage, read> weights : array<f32>;
@group(0) @binding(2) var<storage, read> dy : array<Element>;
@group(0) @binding(3) var<storage, read_write> gh : array<Element>;
@group(0) @binding(4) var<storage, read_write> dx : array<Element>;
@group(0) @binding(5) var<uniform> p : Parameters;

#include "lib/grid"
#include "${SURROGATE}"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  var input : array<Element, 40>;
  var back : array<Element, 40>;
  for (var s = 0u; s < p.steps; s++) { input[s] = x[s * p.invocations + index]; }
  for (var t = 0u; t < p.steps; t++) {
    let row = t * (p.steps + 1u);
    var h = Element(weights[row + p.steps]);
    for (var s = 0u; s < p.steps; s++) { h += weights[row + s] * input[s]; }
    back[t] = dy[t * p.invocations + index] * surrogateSlope(h);
    gh[t * p.invocations + index] = back[t];
  }
  #if ${INPUT_GRADIENT}
  for (var s = 0u; s < p.steps; s++) {
    var sum = Element(0.0);
    for (var t = 0u; t < p.steps; t++) { sum += weights[t * (p.steps + 1u) + s] * back[t]; }
    #if ${ACCUMULATE}
    dx[s * p.invocations + index] += sum;
    #else
    dx[s * p.invocations + index] = sum;
    #endif
  }
  #else
  _ = &dx;
  #endif
}
