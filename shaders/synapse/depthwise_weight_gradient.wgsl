// synapse/depthwise_weight_gradient — partial sums of dw[k,c] = sum over images and positions of x[source, c/multiplier] * dy[target, c]
// One invocation owns one lane (4 channels, or 1) of one tap and a chunk of positions. The window slides over the fine
// side, the source, or the target if transposed: at position q of the coarse side tap k meets fine pixel
// q*stride + k*dilation - padding.
// in  0 x       f32 [images, SH, SW, CS]; SPIKES u32 [images, wordsPerImage]
// in  1 dy      f32 [images, TH, TW, CT]
// out 2 partial f32 [chunks, kh*kw, CT]
// grid chunks * kh*kw * lanes
// flags VEC: multiplier 1 and a multiple of 4 channels; SPIKES
struct Parameters {
  invocations : u32, images : u32, sourceHeight : u32, sourceWidth : u32,
  targetHeight : u32, targetWidth : u32, kernelHeight : u32, kernelWidth : u32,
  strideY : u32, strideX : u32, paddingY : u32, paddingX : u32,
  dilationY : u32, dilationX : u32, transposed : u32, lanes : u32,
  multiplier : u32, positionsPerChunk : u32, firstChunk : u32, wordsPerImage : u32,
}
#include "lib/element"
#if ${SPIKES}
@group(0) @binding(0) var<storage, read> x : array<u32>;
#else
@group(0) @binding(0) var<storage, read> x : array<Element>;
#endif
@group(0) @binding(1) var<storage, read> dy : array<Element>;
@group(0) @binding(2) var<storage, read_write> partial : array<Element>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/source_lane"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let taps = p.kernelHeight * p.kernelWidth;
  let lane = index % p.lanes;
  let tap = index / p.lanes % taps;
  let chunk = index / (p.lanes * taps);
  let transposed = p.transposed != 0u;
  let coarse = select(vec2u(p.targetHeight, p.targetWidth), vec2u(p.sourceHeight, p.sourceWidth), transposed);
  let fine = select(vec2u(p.sourceHeight, p.sourceWidth), vec2u(p.targetHeight, p.targetWidth), transposed);
  let pixels = coarse.x * coarse.y;
  let shift = vec2i(vec2u(tap / p.kernelWidth * p.dilationY, tap % p.kernelWidth * p.dilationX)) - vec2i(vec2u(p.paddingY, p.paddingX));
  let begin = chunk * p.positionsPerChunk;
  var image = begin / pixels;
  var row = begin % pixels / coarse.y;
  var column = begin % coarse.y;
  var sum = Element(0.0);
  let end = min(begin + p.positionsPerChunk, p.images * pixels);
  for (var position = begin; position < end; position++) {
    let near = vec2i(vec2u(row, column) * vec2u(p.strideY, p.strideX)) + shift;
    if (all(near >= vec2i(0)) && all(near < vec2i(fine))) {
      let coarsePixel = row * coarse.y + column;
      let finePixel = u32(near.x) * fine.y + u32(near.y);
      let sourcePixel = select(finePixel, coarsePixel, transposed);
      let targetPixel = select(coarsePixel, finePixel, transposed);
      sum += sourceAt(image, sourcePixel, lane) * dy[(image * p.targetHeight * p.targetWidth + targetPixel) * p.lanes + lane];
    }
    column++;
    if (column == coarse.y) { column = 0u; row++; }
    if (row == coarse.x) { row = 0u; image++; }
  }
  partial[p.firstChunk * taps * p.lanes + index] = sum;
}
