// random/uniform — w[i] = (2 u_i - 1) * bound, u from Philox stream "parameter", draw = hash of the parameter's path
// out 0 w f32 [N]
// grid ceil(N/4)
struct Parameters { invocations : u32, count : u32, seedLow : u32, seedHigh : u32, stream : u32, draw : u32, bound : f32, rounds : u32 }
@group(0) @binding(0) var<storage, read_write> w : array<f32>;
@group(0) @binding(1) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/philox"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let u = toUnit(philox(vec2u(p.seedLow, p.seedHigh), vec4u(index, 0u, p.draw, p.stream), p.rounds));
  let value = (2.0 * u - 1.0) * p.bound;
  for (var lane = 0u; lane < min(4u, p.count - index * 4u); lane++) { w[index * 4u + lane] = value[lane]; }
}
