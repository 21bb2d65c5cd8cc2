// random/drop_factors — drop-path: factor[e, i] = u < p ? 0 : 1/(1-p) for edge e and image i = t*B + b; a fresh draw each training step
// in  0 step vec4f: probability, draw number (exact below 2^24), -, -
// out 1 factor f32 [N]
// grid ceil(N/4)
struct Parameters { invocations : u32, count : u32, seedLow : u32, seedHigh : u32, stream : u32, rounds : u32 }
@group(0) @binding(0) var<uniform> step : vec4f;
@group(0) @binding(1) var<storage, read_write> factor : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/philox"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let u = toUnit(philox(vec2u(p.seedLow, p.seedHigh), vec4u(index, u32(step.y), 0u, p.stream), p.rounds));
  let value = select(vec4f(1.0 / (1.0 - step.x)), vec4f(0.0), u < vec4f(step.x));
  for (var lane = 0u; lane < min(4u, p.count - index * 4u); lane++) { factor[index * 4u + lane] = value[lane]; }
}
