// pooling/max_gradient — dx[n,y,x,c] (+)= sum over the windows in which the pixel holds the first maximum, row by row, of dy
// Among spikes ties are the rule: the gradient belongs to the first spike of a window, or to its first pixel if none spiked.
// in  0 x  f32 [images, H, W, C]; SPIKES u32 [images, wordsPerImage]   in 1 dy f32 [images, OH, OW, C]
// out 2 dx f32 [images, H, W, C]
// grid images * H * W * lanes
// flags VEC: a lane is four channels, else one; SPIKES; ACCUMULATE: adds to dx
struct Parameters {
  invocations : u32, sourceHeight : u32, sourceWidth : u32, lanes : u32,
  multiplier : u32, wordsPerImage : u32, targetHeight : u32, targetWidth : u32,
  kernelHeight : u32, kernelWidth : u32, strideY : u32, strideX : u32,
  paddingY : u32, paddingX : u32, countPadding : u32,
}
#include "lib/element"
#if ${SPIKES}
@group(0) @binding(0) var<storage, read> x : array<u32>;
#else
@group(0) @binding(0) var<storage, read> x : array<Element>;
#endif
@group(0) @binding(1) var<storage, read> dy : array<Element>;
@group(0) @binding(2) var<storage, read_write> dx : array<Element>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/source_lane"
#include "lib/pool_window"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let lane = index % p.lanes;
  let own = index / p.lanes % (p.sourceHeight * p.sourceWidth);
  let image = index / (p.lanes * p.sourceWidth * p.sourceHeight);
  let value = sourceAt(image, own, lane);
  let over = windowsOver(vec2u(own / p.sourceWidth, own % p.sourceWidth));
  var sum = Element(0.0);
  for (var oy = over.first.x; oy < over.end.x; oy++) {
    for (var ox = over.first.y; ox < over.end.y; ox++) {
      let window = windowOf(vec2u(oy, ox));
      var holds = Element(1.0);
      for (var row = window.first.x; row < window.end.x; row++) {
        for (var column = window.first.y; column < window.end.y; column++) {
          let pixel = row * p.sourceWidth + column;
          let other = sourceAt(image, pixel, lane);
          let beaten = select(Element(0.0), Element(1.0), other > value);
          let tied = select(Element(0.0), Element(1.0), other == value);
          holds *= Element(1.0) - max(beaten, select(Element(0.0), tied, pixel < own));
        }
      }
      sum += holds * dy[((image * p.targetHeight + oy) * p.targetWidth + ox) * p.lanes + lane];
    }
  }
  #if ${ACCUMULATE}
  dx[index] += sum;
  #else
  dx[index] = sum;
  #endif
}
