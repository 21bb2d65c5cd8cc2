// elementwise/edge_gradient — dx (+)= dy * factor * gate(clip at x): gradient of an edge without batch norm.
// A constant edge (one time step repeated) receives the sum over all steps of this slab.
// in  0 dy f32 [images, H*W, C]   in 1 x f32 [images or batch, H*W, C]   in 2 drop f32 [edges, T*B] (DROP)
// out 3 dx f32 [images or batch, H*W, C]
// grid (constant ? batch : images) * H*W * lanes
// flags VEC, DROP, ACCUMULATE, HALF_IN: x is f16 (lib/half)
struct Parameters {
  invocations : u32, batch : u32, firstImage : u32, pixels : u32,
  lanes : u32, sign : u32, dropRow : u32, repeats : u32,
}
#include "lib/element"
#include "lib/half"
#include "lib/half_source"
@group(0) @binding(0) var<storage, read> dy : array<Element>;
@group(0) @binding(1) var<storage, read> x : array<Source>;
@group(0) @binding(2) var<storage, read> drop : array<f32>;
@group(0) @binding(3) var<storage, read_write> dx : array<Element>;
@group(0) @binding(4) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/edge"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let image = index / (p.lanes * p.pixels);
  let gate = signGate(real(x[index]), p.sign);
  _ = &drop;
  #if ${ACCUMULATE}
  var total = dx[index];
  #else
  var total = Element(0.0);
  #endif
  for (var r = 0u; r < p.repeats; r++) {
    var g = dy[index + r * p.batch * p.pixels * p.lanes] * gate;
    #if ${DROP}
    g *= drop[p.dropRow + p.firstImage + image + r * p.batch];
    #endif
    total += g;
  }
  dx[index] = total;
}
