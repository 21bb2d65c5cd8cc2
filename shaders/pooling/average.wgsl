// pooling/average — y[n, oy, ox, c] = mean over a size x size window with stride = size; odd remainders are left out
// in  0 x f32 [images, H, W, C]   out 1 y f32 [images, OH, OW, C]
// grid images * OH * OW * lanes
struct Parameters { invocations : u32, height : u32, width : u32, lanes : u32, outputHeight : u32, outputWidth : u32, size : u32, scale : f32 }
#include "lib/element"
@group(0) @binding(0) var<storage, read> x : array<Element>;
@group(0) @binding(1) var<storage, read_write> y : array<Element>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let lane = index % p.lanes;
  let ox = (index / p.lanes) % p.outputWidth;
  let oy = (index / (p.lanes * p.outputWidth)) % p.outputHeight;
  let image = index / (p.lanes * p.outputWidth * p.outputHeight);
  var sum = Element(0.0);
  for (var dy = 0u; dy < p.size; dy++) {
    for (var dx = 0u; dx < p.size; dx++) {
      sum += x[((image * p.height + oy * p.size + dy) * p.width + ox * p.size + dx) * p.lanes + lane];
    }
  }
  y[index] = sum * p.scale;
}
