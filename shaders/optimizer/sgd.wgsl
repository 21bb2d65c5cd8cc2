// optimizer/sgd — momentum and coupled weight decay: g += decay w; m = momentum m + g; w -= lr (NESTEROV ? g + momentum m : m)
// io  0 weights f32 [N]   in 1 gradient f32 [N]   io 2 velocity f32 [N]
// in  3 factor f32 [2] clip factor (CLIP)   in 4 step f32 [4] learning rate, -, -, -
// grid N/4
struct Parameters { invocations : u32, momentum : f32, decay : f32 }
@group(0) @binding(0) var<storage, read_write> weights : array<vec4f>;
@group(0) @binding(1) var<storage, read> gradient : array<vec4f>;
@group(0) @binding(2) var<storage, read_write> velocity : array<vec4f>;
@group(0) @binding(3) var<storage, read> factor : array<f32>;
@group(0) @binding(4) var<uniform> step : vec4f;
@group(0) @binding(5) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  #if ${CLIP}
  let raw = gradient[index] * factor[0];
  #else
  _ = &factor;
  let raw = gradient[index];
  #endif
  let w = weights[index];
  let g = raw + p.decay * w;
  let m = p.momentum * velocity[index] + g;
  velocity[index] = m;
  #if ${NESTEROV}
  weights[index] = w - step.x * (g + p.momentum * m);
  #else
  weights[index] = w - step.x * m;
  #endif
}
