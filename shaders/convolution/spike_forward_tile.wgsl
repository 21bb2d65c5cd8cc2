// convolution/spike_forward_tile — as convolution/spike_forward, by tiles in workgroup memory
// y[n,oy,ox,o] = sum over ky,kx,i of w[ky,kx,i,o] * s[n, oy*stride+ky+originY, ox*stride+kx+originX, i]
// A workgroup owns 512/columns pixels, flat over images, rows and columns, and 8*columns channels, an invocation 8 of
// each. Up to 32 bits of one kernel row are staged for every pixel at a time: a word. A weight is staged only if it
// meets a spike anywhere in the tile, and only such bits are walked through.
// in  0 spikes  u32 [images, wordsPerImage]          bit n of an image is the flat [H, W, CI] index
// in  1 weights f32 [kernelHeight, kernelWidth, CI, CO]
// out 2 y       f32 [images, OH, OW, outputStride]   channels outputOffset .. outputOffset+CO-1
// grid ceil(images*OH*OW*columns/512) * ceil(CO/(8*columns)) * 64; columns is 2, 4 or 8; 11 KiB of workgroup memory
// flags VEC: CO, outputStride and outputOffset are multiples of 4; HALF_OUT, with VEC: y is f16 (lib/half)
struct Parameters {
  invocations : u32, inputHeight : u32, inputWidth : u32, inputChannels : u32,
  outputHeight : u32, outputWidth : u32, outputChannels : u32, kernelHeight : u32,
  kernelWidth : u32, stride : u32, crop : u32, padding : u32,
  outputStride : u32, outputOffset : u32, images : u32, columns : u32,
  wordsPerImage : u32, runWords : u32, sumsEach : u32,
}
#include "lib/element"
#include "lib/half"
#include "lib/half_target"
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read> weights : array<Element>;
@group(0) @binding(2) var<storage, read_write> y : array<Target>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/channel_quad"
#include "lib/spike_words"
#include "lib/tile"

var<workgroup> weightTile : array<vec4f, 512>;
var<workgroup> wordTile : array<u32, 256>;
// for each pixel: its image, and the input row and column where its window begins, 16 bits each
var<workgroup> places : array<vec2i, 256>;
// bits of which some pixel of the tile has a spike: of this word, and of the one before or after it
var<workgroup> fired : array<atomic<u32>, 2>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let tile = tileOf(group.y * groups.x + group.x, local);
  let pixels = 4u * tile.fours;
  let rowBits = i32(p.kernelWidth * p.inputChannels);
  let weightQuad = local % tile.quads;
  let weightStep = 64u / tile.quads;
  let quadInside = (tile.firstQuad + weightQuad) * 4u < p.outputChannels;
  // an invocation reads only places that it has written itself
  for (var i = local; i < pixels; i += 64u) {
    let window = windowOf(tile.first + i);
    places[i] = vec2i(window.z, window.x * 65536 + window.y + 32768);
  }

  #include "lib/tile_sums"
  for (var run = 0u; run < p.kernelHeight * p.runWords; run++) {
    let ky = run / p.runWords;
    let firstBit = i32(run % p.runWords * 32u);
    var seen = 0u;
    for (var i = local; i < pixels; i += 64u) {
      let place = places[i];
      let row = (place.y >> 16u) + i32(ky);
      let column = (place.y & 65535) - 32768;
      let inside = row >= i32(p.crop) && row < i32(p.inputHeight);
      let begin = max(i32(p.crop) - column, 0) * i32(p.inputChannels) - firstBit;
      let end = min((i32(p.inputWidth) - column) * i32(p.inputChannels), rowBits) - firstBit;
      let at = (row * i32(p.inputWidth) + column) * i32(p.inputChannels) + firstBit;
      var word = 0u;
      if (inside) { word = spikesAt(u32(place.x), at) & bitRange(begin, end); }
      wordTile[i] = word;
      seen |= word;
    }
    if (seen != 0u) { atomicOr(&fired[run % 2u], seen); }
    workgroupBarrier();
    var bits = atomicLoad(&fired[run % 2u]);
    if (local == 0u) { atomicStore(&fired[1u - run % 2u], 0u); }
    for (var k = local / tile.quads; k < 32u; k += weightStep) {
      if (quadInside && ((bits >> k) & 1u) != 0u) {
        weightTile[k * tile.quads + weightQuad] = loadWeights(ky * u32(rowBits) + u32(firstBit) + k, tile.firstQuad + weightQuad);
      }
    }
    let a = 4u * tile.line;
    let b = 4u * (tile.lines + tile.line);
    let s0 = wordTile[a];
    let s1 = wordTile[a + 1u];
    let s2 = wordTile[a + 2u];
    let s3 = wordTile[a + 3u];
    let s4 = wordTile[b];
    let s5 = wordTile[b + 1u];
    let s6 = wordTile[b + 2u];
    let s7 = wordTile[b + 3u];
    workgroupBarrier();
    for (; bits != 0u; bits &= bits - 1u) {
      let k = firstTrailingBit(bits);
      let bit = 1u << k;
      let v = weightTile[k * tile.quads + tile.column];
      let w = weightTile[k * tile.quads + p.columns + tile.column];
      if ((s0 & bit) != 0u) { c0 += v; d0 += w; }
      if ((s1 & bit) != 0u) { c1 += v; d1 += w; }
      if ((s2 & bit) != 0u) { c2 += v; d2 += w; }
      if ((s3 & bit) != 0u) { c3 += v; d3 += w; }
      if ((s4 & bit) != 0u) { c4 += v; d4 += w; }
      if ((s5 & bit) != 0u) { c5 += v; d5 += w; }
      if ((s6 & bit) != 0u) { c6 += v; d6 += w; }
      if ((s7 & bit) != 0u) { c7 += v; d7 += w; }
    }
  }

  #include "lib/tile_result"
  for (var i = 0u; i < 2u * p.sumsEach; i++) {
    let pixel = tile.first + downOf(tile, i % p.sumsEach);
    let quad = tile.firstQuad + tile.column + select(0u, p.columns, i >= p.sumsEach);
    if (pixel < pixelCount() && quad * 4u < p.outputChannels) { storeOutput(pixel, quad, result[i]); }
  }
}
