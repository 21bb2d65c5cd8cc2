// convolution/dense_weight_gradient_tile — partial sums of dw[ky,kx,i,o] = sum over n,oy,ox of x[n, iy, ix, i] * dy[n,oy,ox,o]
// By tiles in workgroup memory: a matrix product [K, pixels] x [pixels, CO] whose left side is never stored, where K is
// kernelHeight*kernelWidth*CI and pixels are flat over images, rows and columns. A workgroup owns 512/columns rows of
// K, 8*columns channels and a chunk of images, an invocation 8 rows and 8 channels; 2*columns pixels are staged at a
// time, of which each invocation brings four rows of four neighbours.
// in  0 x       f32 [images, H, W, CI]
// in  1 dy      f32 [images, OH, OW, outputStride]
// out 2 partial f32 [chunks, kernelHeight*kernelWidth*CI, ceil(CO/4)*4]
// grid chunks * ceil(K*columns/512) * ceil(CO/(8*columns)) * 64; columns is 2, 4 or 8; 8 KiB of workgroup memory
// flags VEC: outputStride and outputOffset are multiples of 4; VEC_IN: CI is a multiple of 4; HALF_IN, with VEC_IN: x is
//       f16 (lib/half)
struct Parameters {
  invocations : u32, inputHeight : u32, inputWidth : u32, inputChannels : u32,
  outputHeight : u32, outputWidth : u32, outputChannels : u32, kernelHeight : u32,
  kernelWidth : u32, stride : u32, crop : u32, padding : u32,
  outputStride : u32, outputOffset : u32, images : u32, columns : u32,
  imagesPerChunk : u32, firstChunk : u32, sumsEach : u32,
}
#include "lib/element"
#include "lib/half"
#if ${HALF_IN}
@group(0) @binding(0) var<storage, read> x : array<vec2u>;
fn inputAt(at : i32) -> vec4f { return fromHalves(x[at]); }
#elif ${VEC_IN}
@group(0) @binding(0) var<storage, read> x : array<vec4f>;
fn inputAt(at : i32) -> vec4f { return x[at]; }
#else
@group(0) @binding(0) var<storage, read> x : array<f32>;
#endif
@group(0) @binding(1) var<storage, read> dy : array<Element>;
@group(0) @binding(2) var<storage, read_write> partial : array<vec4f>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/tile"
#include "lib/tile_gradient"

var<workgroup> inputTile : array<vec4f, 256>;
var<workgroup> gradientTile : array<vec4f, 256>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = group.y * groups.x + group.x;
  let tile = tileOf(index, local);
  let allRows = p.kernelHeight * p.kernelWidth * p.inputChannels;
  let part = partOf(index, allRows);
  let firstRow = tile.first - part.tilesBefore * 8u * tile.lines;
  let depth = 2u * p.columns;
  let origin = i32(p.crop) - i32(p.padding);
  // what this invocation stages: four rows of K, of four pixels side by side
  let four = local % tile.fours;
  let near = 4u * (local / tile.fours);
  let row = firstRow + 4u * four;
  #if ${VEC_IN}
  let ky = i32(row / p.inputChannels / p.kernelWidth);
  let kx = i32(row / p.inputChannels % p.kernelWidth);
  #endif
  // place of the first of these pixels, stepped by hand: divisions are dear
  let start = part.first + near;
  var ox = start % p.outputWidth;
  var oy = start / p.outputWidth % p.outputHeight;
  var image = start / p.outputWidth / p.outputHeight;
  let gradientQuad = local % tile.quads;
  let gradientStep = 64u / tile.quads;

  #include "lib/tile_sums"
  for (var first = part.first; first < part.end; first += depth) {
    for (var i = 0u; i < 4u; i++) {
      let top = i32(oy * p.stride) + origin;
      let left = i32(ox * p.stride) + origin;
      let pixel = (i32(image * p.inputHeight) + top) * i32(p.inputWidth) + left;
      let there = first + near + i < part.end;
      #if ${VEC_IN}
      let inside = there && row < allRows && insideAt(top + ky, left + kx);
      let at = (pixel + ky * i32(p.inputWidth) + kx) * i32(p.inputChannels / 4u) + i32(row % p.inputChannels / 4u);
      inputTile[(near + i) * tile.fours + four] = select(vec4f(0.0), inputAt(select(0, at, inside)), inside);
      #else
      var value = vec4f(0.0);
      for (var c = 0u; c < 4u; c++) {
        let tap = (row + c) / p.inputChannels;
        let ky = i32(tap / p.kernelWidth);
        let kx = i32(tap % p.kernelWidth);
        let inside = there && row + c < allRows && insideAt(top + ky, left + kx);
        let at = (pixel + ky * i32(p.inputWidth) + kx) * i32(p.inputChannels) + i32((row + c) % p.inputChannels);
        value[c] = select(0.0, x[select(0, at, inside)], inside);
      }
      inputTile[(near + i) * tile.fours + four] = value;
      #endif
      ox++;
      if (ox == p.outputWidth) {
        ox = 0u;
        oy++;
        if (oy == p.outputHeight) { oy = 0u; image++; }
      }
    }
    for (ox += depth - 4u; ox >= p.outputWidth; ox -= p.outputWidth) {
      oy++;
      if (oy == p.outputHeight) { oy = 0u; image++; }
    }
    for (var k = local / tile.quads; k < depth; k += gradientStep) {
      var d = vec4f(0.0);
      if (first + k < part.end) { d = loadGradient(first + k, tile.firstQuad + gradientQuad); }
      gradientTile[k * tile.quads + gradientQuad] = d;
    }
    workgroupBarrier();
    for (var k = 0u; k < depth; k++) {
      let a = inputTile[k * tile.fours + tile.line];
      let b = inputTile[k * tile.fours + tile.lines + tile.line];
      let v = gradientTile[k * tile.quads + tile.column];
      let w = gradientTile[k * tile.quads + p.columns + tile.column];
      #include "lib/tile_products"
    }
    workgroupBarrier();
  }

  #include "lib/tile_result"
  for (var i = 0u; i < 2u * p.sumsEach; i++) {
    let k = firstRow + downOf(tile, i % p.sumsEach);
    let quad = tile.firstQuad + tile.column + select(0u, p.columns, i >= p.sumsEach);
    if (k < allRows && quad < channelQuads()) { partial[(part.chunk * allRows + k) * channelQuads() + quad] = result[i]; }
  }
}
