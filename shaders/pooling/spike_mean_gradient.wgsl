// pooling/spike_mean_gradient — ds[n, pixel, c] (+)= dy[n, c] / pixels
// in  0 dy f32 [images, C]   out 1 ds f32 [images, H*W, C]
// grid images*H*W * lanes
struct Parameters { invocations : u32, pixels : u32, lanes : u32, scale : f32 }
#include "lib/element"
@group(0) @binding(0) var<storage, read> dy : array<Element>;
@group(0) @binding(1) var<storage, read_write> ds : array<Element>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let image = index / (p.lanes * p.pixels);
  let value = dy[image * p.lanes + index % p.lanes] * p.scale;
  #if ${ACCUMULATE}
  ds[index] += value;
  #else
  ds[index] = value;
  #endif
}
