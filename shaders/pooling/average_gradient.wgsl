// pooling/average_gradient — dx[n, y, x, c] (+)= dy[n, y/size, x/size, c] / size^2, zero where no window reaches
// in  0 dy f32 [images, OH, OW, C]   out 1 dx f32 [images, H, W, C]
// grid images * H * W * lanes
struct Parameters { invocations : u32, height : u32, width : u32, lanes : u32, outputHeight : u32, outputWidth : u32, size : u32, scale : f32 }
#include "lib/element"
@group(0) @binding(0) var<storage, read> dy : array<Element>;
@group(0) @binding(1) var<storage, read_write> dx : array<Element>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let lane = index % p.lanes;
  let ox = ((index / p.lanes) % p.width) / p.size;
  let oy = ((index / (p.lanes * p.width)) % p.height) / p.size;
  let image = index / (p.lanes * p.width * p.height);
  let inside = ox < p.outputWidth && oy < p.outputHeight;
  let at = select(0u, ((image * p.outputHeight + oy) * p.outputWidth + ox) * p.lanes + lane, inside);
  let value = select(Element(0.0), dy[at] * p.scale, inside);
  #if ${ACCUMULATE}
  dx[index] += value;
  #else
  dx[index] = value;
  #endif
}
