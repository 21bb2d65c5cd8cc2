// elementwise/copy_range — y[place + i] = x[first + i], word by word: time steps cut out of a sequence or put into one
// in  0 x u32 [first + N or more]   out 1 y u32 [place + N or more]
// grid N
// flags ZERO: writes zeros instead of x, for steps that have nothing
struct Parameters { invocations : u32, first : u32, place : u32 }
@group(0) @binding(0) var<storage, read> x : array<u32>;
@group(0) @binding(1) var<storage, read_write> y : array<u32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  #if ${ZERO}
  _ = &x;
  y[p.place + index] = 0u;
  #else
  y[p.place + index] = x[p.first + index];
  #endif
}
