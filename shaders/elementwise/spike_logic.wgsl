// elementwise/spike_logic — z = a AND x, or (NOT a) AND x, on bits
// in  0 a u32 [words]   in 1 x u32 [words]   out 2 z u32 [words]
// grid words
// flags INVERT: with NOT a; padding bits stay 0 because those of x are
struct Parameters { invocations : u32 }
@group(0) @binding(0) var<storage, read> a : array<u32>;
@group(0) @binding(1) var<storage, read> x : array<u32>;
@group(0) @binding(2) var<storage, read_write> z : array<u32>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  #if ${INVERT}
  z[index] = ~a[index] & x[index];
  #else
  z[index] = a[index] & x[index];
  #endif
}
