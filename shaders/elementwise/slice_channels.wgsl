// elementwise/slice_channels — y[n, c] (+)= x[n, offset + c]: gradient of a concatenation for one of its parts
// in  0 x f32 [images*H*W, total]   out 1 y f32 [images*H*W, C]
// grid images*H*W * lanes
struct Parameters { invocations : u32, lanes : u32, total : u32, offset : u32 }
#include "lib/element"
@group(0) @binding(0) var<storage, read> x : array<Element>;
@group(0) @binding(1) var<storage, read_write> y : array<Element>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let value = x[(index / p.lanes) * p.total + p.offset + index % p.lanes];
  #if ${ACCUMULATE}
  y[index] += value;
  #else
  y[index] = value;
  #endif
}
