// pooling/average — y[n,oy,ox,c] = mean of x over the window at oy*stride - padding; pixels outside count as zeros, or not at all
// in  0 x f32 [images, H, W, C]; SPIKES u32 [images, wordsPerImage]   out 1 y f32 [images, OH, OW, C]
// grid images * OH * strips * lanes: an invocation takes stripWidth windows of a row, side by side, one after the other
// flags VEC: a lane is four channels, else one; SPIKES; with VEC also HALF_IN, HALF_OUT: x, y are f16 (lib/half)
struct Parameters {
  invocations : u32, sourceHeight : u32, sourceWidth : u32, lanes : u32,
  multiplier : u32, wordsPerImage : u32, targetHeight : u32, targetWidth : u32,
  kernelHeight : u32, kernelWidth : u32, strideY : u32, strideX : u32,
  paddingY : u32, paddingX : u32, countPadding : u32, strips : u32, stripWidth : u32,
}
#include "lib/element"
#include "lib/half"
#include "lib/half_target"
#if ${SPIKES}
@group(0) @binding(0) var<storage, read> x : array<u32>;
#elif ${HALF_IN}
@group(0) @binding(0) var<storage, read> x : array<vec2u>;
#else
@group(0) @binding(0) var<storage, read> x : array<Element>;
#endif
@group(0) @binding(1) var<storage, read_write> y : array<Target>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"
#if ${HALF_IN}
fn sourceAt(image : u32, pixel : u32, lane : u32) -> Element {
  return fromHalves(x[(image * p.sourceHeight * p.sourceWidth + pixel) * p.lanes + lane]);
}
#else
#include "lib/source_lane"
#endif
#include "lib/pool_window"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let lane = index % p.lanes;
  let strip = index / p.lanes;
  let line = strip / p.strips;
  let image = line / p.targetHeight;
  let begin = (strip - line * p.strips) * p.stripWidth;
  let end = min(begin + p.stripWidth, p.targetWidth);
  // loops test at the end, since a software driver goes through a body once more than a loop that tests first has trips;
  // a window is wider than its padding, so that it has a pixel
  var place = begin;
  loop {
    let window = windowOf(vec2u(line - image * p.targetHeight, place));
    var sum = Element(0.0);
    var row = window.first.x;
    loop {
      var column = window.first.y;
      loop {
        sum += sourceAt(image, row * p.sourceWidth + column, lane);
        continuing {
          column++;
          break if column >= window.end.y;
        }
      }
      continuing {
        row++;
        break if row >= window.end.x;
      }
    }
    y[(line * p.targetWidth + place) * p.lanes + lane] = stored(sum / windowCount(window));
    continuing {
      place++;
      break if place >= end;
    }
  }
}
