// pooling/average_gradient — dx[n,y,x,c] (+)= sum over the windows that the pixel lies in of dy / what their mean divides by
// in  0 dy f32 [images, OH, OW, C]   out 1 dx f32 [images, H, W, C]
// grid images * H * W * lanes
// flags VEC: a lane is four channels, else one; ACCUMULATE: adds to dx
struct Parameters {
  invocations : u32, sourceHeight : u32, sourceWidth : u32, lanes : u32,
  targetHeight : u32, targetWidth : u32, kernelHeight : u32, kernelWidth : u32,
  strideY : u32, strideX : u32, paddingY : u32, paddingX : u32,
  countPadding : u32,
}
#include "lib/element"
@group(0) @binding(0) var<storage, read> dy : array<Element>;
@group(0) @binding(1) var<storage, read_write> dx : array<Element>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/pool_window"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let lane = index % p.lanes;
  let pixel = vec2u(index / p.lanes / p.sourceWidth % p.sourceHeight, index / p.lanes % p.sourceWidth);
  let image = index / (p.lanes * p.sourceWidth * p.sourceHeight);
  let over = windowsOver(pixel);
  var sum = Element(0.0);
  for (var row = over.first.x; row < over.end.x; row++) {
    for (var column = over.first.y; column < over.end.y; column++) {
      let at = (image * p.targetHeight + row) * p.targetWidth + column;
      sum += dy[at * p.lanes + lane] / windowCount(windowOf(vec2u(row, column)));
    }
  }
  #if ${ACCUMULATE}
  dx[index] += sum;
  #else
  dx[index] = sum;
  #endif
}
