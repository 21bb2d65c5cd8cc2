// profiler/multiply_add_rate — c <- c * factor + term, `rounds` times in 16 independent vec4 registers: the rate of
// multiply-adds when nothing has to be loaded. 128 floating-point operations a round.
// out 0 y f32 [invocations, 4] sum of the registers
// grid invocations
struct Parameters { invocations : u32, rounds : u32, factor : f32, term : f32 }
@group(0) @binding(0) var<storage, read_write> y : array<vec4f>;
@group(0) @binding(1) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let a = vec4f(p.factor);
  let b = vec4f(p.term);
  let start = vec4f(f32(index));
  var c0 = start;
  var c1 = start + 1.0;
  var c2 = start + 2.0;
  var c3 = start + 3.0;
  var c4 = start + 4.0;
  var c5 = start + 5.0;
  var c6 = start + 6.0;
  var c7 = start + 7.0;
  var c8 = start + 8.0;
  var c9 = start + 9.0;
  var c10 = start + 10.0;
  var c11 = start + 11.0;
  var c12 = start + 12.0;
  var c13 = start + 13.0;
  var c14 = start + 14.0;
  var c15 = start + 15.0;
  for (var round = 0u; round < p.rounds; round++) {
    c0 = c0 * a + b;
    c1 = c1 * a + b;
    c2 = c2 * a + b;
    c3 = c3 * a + b;
    c4 = c4 * a + b;
    c5 = c5 * a + b;
    c6 = c6 * a + b;
    c7 = c7 * a + b;
    c8 = c8 * a + b;
    c9 = c9 * a + b;
    c10 = c10 * a + b;
    c11 = c11 * a + b;
    c12 = c12 * a + b;
    c13 = c13 * a + b;
    c14 = c14 * a + b;
    c15 = c15 * a + b;
  }
  y[index] = ((c0 + c1) + (c2 + c3)) + ((c4 + c5) + (c6 + c7)) + ((c8 + c9) + (c10 + c11)) + ((c12 + c13) + (c14 + c15));
}
