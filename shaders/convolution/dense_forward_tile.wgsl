// convolution/dense_forward_tile — y[n,oy,ox,o] (+)= bias[o] + sum over ky,kx,i of w[ky,kx,i,o] * x[n, oy*stride+ky+originY, ox*stride+kx+originX, i]
// By tiles in workgroup memory: a matrix product [pixels, K] x [K, CO] whose left side is never stored, where K is
// kernelHeight*kernelWidth*CI and pixels are flat over images, rows and columns. A workgroup owns 512/columns pixels and
// 8*columns channels, an invocation 8 of each; 2*columns rows of K are staged at a time, of which each invocation brings
// four pixels by four rows. originY = originX = crop - padding; rows and columns below `crop` count as outside.
// in  0 x       f32 [images, H, W, inputStride]      channels inputOffset .. inputOffset+CI-1
// in  1 weights f32 [kernelHeight, kernelWidth, CI, CO]
// in  2 bias    f32 [CO]                             added if `biased` is not 0
// out 3 y       f32 [images, OH, OW, outputStride]   channels outputOffset .. outputOffset+CO-1, added to if `adding` is not 0
// grid ceil(images*OH*OW*columns/512) * ceil(CO/(8*columns)) * 64; columns is 2, 4 or 8; 8.1 KiB of workgroup memory
// flags VEC: CO, outputStride, outputOffset are multiples of 4; VEC_IN: CI, inputStride, inputOffset are;
//       HALF_IN, with VEC_IN: x is f16 (lib/half); HALF_OUT, with VEC: y is
struct Parameters {
  invocations : u32, inputHeight : u32, inputWidth : u32, inputChannels : u32,
  outputHeight : u32, outputWidth : u32, outputChannels : u32, kernelHeight : u32,
  kernelWidth : u32, stride : u32, crop : u32, padding : u32,
  outputStride : u32, outputOffset : u32, images : u32, columns : u32,
  inputStride : u32, inputOffset : u32, biased : u32, adding : u32,
  sumsEach : u32,
}
#include "lib/element"
#include "lib/half"
#include "lib/half_target"
#if ${HALF_IN}
@group(0) @binding(0) var<storage, read> x : array<vec2u>;
fn inputAt(at : i32) -> vec4f { return fromHalves(x[at]); }
#elif ${VEC_IN}
@group(0) @binding(0) var<storage, read> x : array<vec4f>;
fn inputAt(at : i32) -> vec4f { return x[at]; }
#else
@group(0) @binding(0) var<storage, read> x : array<f32>;
#endif
@group(0) @binding(1) var<storage, read> weights : array<Element>;
@group(0) @binding(3) var<storage, read_write> y : array<Target>;
@group(0) @binding(2) var<storage, read> bias : array<f32>;
@group(0) @binding(4) var<uniform> p : Parameters;

#include "lib/channel_quad"
#include "lib/tile"

// Inputs are turned while they are staged: vectors of four pixels, row of K after row. Every four rows begin `skew`
// vectors later than they would, so that lanes which store different rows meet different banks.
var<workgroup> pixelTile : array<vec4f, 264>;
var<workgroup> weightTile : array<vec4f, 256>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let tile = tileOf(group.y * groups.x + group.x, local);
  let depth = 2u * p.columns;
  let skew = 16u / p.columns;
  let taps = p.kernelHeight * p.kernelWidth;
  let allRows = taps * p.inputChannels;
  // what this invocation stages: four pixels by four rows of K, and a quad of channels in every `weightStep`th row
  let part = local % (p.columns / 2u);
  let four = local / (p.columns / 2u);
  let window = windowsOf(tile.first + 4u * four);
  let staged = part * (4u * tile.fours + skew) + four;
  let weightQuad = local % tile.quads;
  let weightStep = 64u / tile.quads;
  let quadInside = (tile.firstQuad + weightQuad) * 4u < p.outputChannels;
  #if ${VEC_IN}
  let channels = p.inputChannels / 4u;
  var channel = part % channels;
  var ky = part / channels / p.kernelWidth;
  var kx = part / channels % p.kernelWidth;
  #endif

  #include "lib/tile_sums"
  for (var first = 0u; first < allRows; first += depth) {
    #if ${VEC_IN}
    let inside = insideOf(window, ky, kx);
    let at = select(vec4i(0), pixelsAt(window, ky, kx) * i32(p.inputStride / 4u) + i32(p.inputOffset / 4u + channel), inside);
    let a0 = select(vec4f(0.0), inputAt(at.x), inside.x);
    let a1 = select(vec4f(0.0), inputAt(at.y), inside.y);
    let a2 = select(vec4f(0.0), inputAt(at.z), inside.z);
    let a3 = select(vec4f(0.0), inputAt(at.w), inside.w);
    pixelTile[staged] = vec4f(a0.x, a1.x, a2.x, a3.x);
    pixelTile[staged + tile.fours] = vec4f(a0.y, a1.y, a2.y, a3.y);
    pixelTile[staged + 2u * tile.fours] = vec4f(a0.z, a1.z, a2.z, a3.z);
    pixelTile[staged + 3u * tile.fours] = vec4f(a0.w, a1.w, a2.w, a3.w);
    for (channel += p.columns / 2u; channel >= channels; channel -= channels) {
      kx++;
      if (kx == p.kernelWidth) { kx = 0u; ky++; }
    }
    #else
    for (var i = 0u; i < 4u; i++) {
      let row = first + 4u * part + i;
      let ky = row / p.inputChannels / p.kernelWidth;
      let kx = row / p.inputChannels % p.kernelWidth;
      let inside = insideOf(window, ky, kx);
      let at = select(vec4i(0), pixelsAt(window, ky, kx) * i32(p.inputStride) + i32(p.inputOffset + row % p.inputChannels), inside);
      pixelTile[staged + i * tile.fours] = select(vec4f(0.0), vec4f(x[at.x], x[at.y], x[at.z], x[at.w]), inside);
    }
    #endif
    for (var k = local / tile.quads; k < depth; k += weightStep) {
      var w = vec4f(0.0);
      if (quadInside && first + k < allRows) { w = loadWeights(first + k, tile.firstQuad + weightQuad); }
      weightTile[k * tile.quads + weightQuad] = w;
    }
    workgroupBarrier();
    for (var k = 0u; k < depth; k++) {
      let at = k * tile.fours + k / 4u * skew + tile.line;
      let a = pixelTile[at];
      let b = pixelTile[at + tile.lines];
      let v = weightTile[k * tile.quads + tile.column];
      let w = weightTile[k * tile.quads + p.columns + tile.column];
      #include "lib/tile_products"
    }
    workgroupBarrier();
  }

  #include "lib/tile_result"
  for (var i = 0u; i < 2u * p.sumsEach; i++) {
    let pixel = tile.first + downOf(tile, i % p.sumsEach);
    let quad = tile.firstQuad + tile.column + select(0u, p.columns, i >= p.sumsEach);
    if (pixel < pixelCount() && quad * 4u < p.outputChannels) {
      var value = result[i];
      if (p.biased != 0u) {
        for (var c = 0u; c < min(4u, p.outputChannels - quad * 4u); c++) { value[c] += bias[quad * 4u + c]; }
      }
      if (p.adding != 0u) { value += loadOutput(pixel, quad); }
      storeOutput(pixel, quad, value);
    }
  }
}
