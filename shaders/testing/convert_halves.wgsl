// testing/convert_halves — four numbers at a time from f32 to f16 or back: between a whole tensor and the slab of it that
// a program holds
// in  0 x vec4f [first + n], or f16 (HALF_IN)   out 1 y vec4f [place + n], or f16 (HALF_OUT)
// grid n
// flags HALF_IN, HALF_OUT
struct Parameters { invocations : u32, first : u32, place : u32 }
alias Element = vec4f;
#include "lib/half"
#include "lib/half_source"
#include "lib/half_target"
@group(0) @binding(0) var<storage, read> x : array<Source>;
@group(0) @binding(1) var<storage, read_write> y : array<Target>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  y[p.place + index] = stored(real(x[p.first + index]));
}
