// optimizer/adamw — decoupled weight decay (Loshchilov & Hutter 2019):
// m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2; w = w - lr (decay w + (m/bias1) / (sqrt(v/bias2) + epsilon))
// io  0 weights f32 [N]   in 1 gradient f32 [N]   io 2 first f32 [N]   io 3 second f32 [N]
// in  4 factor  f32 [2] clip factor (CLIP)   in 5 step f32 [4] learning rate, bias1, bias2, -
// grid N/4
struct Parameters { invocations : u32, beta1 : f32, beta2 : f32, epsilon : f32, decay : f32 }
@group(0) @binding(0) var<storage, read_write> weights : array<vec4f>;
@group(0) @binding(1) var<storage, read> gradient : array<vec4f>;
@group(0) @binding(2) var<storage, read_write> first : array<vec4f>;
@group(0) @binding(3) var<storage, read_write> second : array<vec4f>;
@group(0) @binding(4) var<storage, read> factor : array<f32>;
@group(0) @binding(5) var<uniform> step : vec4f;
@group(0) @binding(6) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  #if ${CLIP}
  let g = gradient[index] * factor[0];
  #else
  _ = &factor;
  let g = gradient[index];
  #endif
  let m = p.beta1 * first[index] + (1.0 - p.beta1) * g;
  let v = p.beta2 * second[index] + (1.0 - p.beta2) * g * g;
  first[index] = m;
  second[index] = v;
  let w = weights[index];
  weights[index] = w - step.x * (p.decay * w + (m / step.y) / (sqrt(v / step.z) + p.epsilon));
}
