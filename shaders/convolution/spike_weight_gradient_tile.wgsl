// convolution/spike_weight_gradient_tile — as convolution/spike_weight_gradient, by tiles in workgroup memory
// Partial sums of dw[ky,kx,i,o] = sum over n,oy,ox of s[n, iy, ix, i] * dy[n,oy,ox,o]. The (kx, i) rows of a kernel row
// are cut into words of 32 bits. A workgroup owns 16/columns words, 8*columns channels and a chunk of images, an
// invocation a byte and 8 channels. The words of 32 pixels are staged at a time; only pixels with a spike in one of them
// have their output gradient staged, and only they are walked through.
// in  0 spikes  u32 [images, wordsPerImage]
// in  1 dy      f32 [images, OH, OW, outputStride]
// out 2 partial f32 [chunks, kernelHeight*kernelWidth*CI, ceil(CO/4)*4]
// grid chunks * ceil(kernelHeight*blocks*columns/16) * ceil(CO/(8*columns)) * 64, blocks = ceil(kernelWidth*CI/32);
//      columns is 2, 4 or 8; 10 KiB of workgroup memory
// flags VEC: outputStride and outputOffset are multiples of 4
struct Parameters {
  invocations : u32, inputHeight : u32, inputWidth : u32, inputChannels : u32,
  outputHeight : u32, outputWidth : u32, outputChannels : u32, kernelHeight : u32,
  kernelWidth : u32, stride : u32, crop : u32, padding : u32,
  outputStride : u32, outputOffset : u32, images : u32, columns : u32,
  imagesPerChunk : u32, firstChunk : u32, wordsPerImage : u32, blocks : u32,
  sumsEach : u32,
}
#include "lib/element"
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read> dy : array<Element>;
@group(0) @binding(2) var<storage, read_write> partial : array<vec4f>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/spike_words"
#include "lib/tile"
#include "lib/tile_gradient"

var<workgroup> gradientTile : array<vec4f, 512>;
// two turns of 32 pixels by up to 8 words: while one is read, the next is written
var<workgroup> wordTile : array<u32, 512>;
// pixels with a spike: of this turn, and of the one before or after it
var<workgroup> fired : array<atomic<u32>, 2>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = group.y * groups.x + group.x;
  let tile = tileOf(index, local);
  let part = partOf(index, p.kernelHeight * p.blocks * 32u);
  let words = tile.lines / 4u;
  let rowBits = p.kernelWidth * p.inputChannels;
  let channels = i32(p.inputChannels);
  let firstWord = (tile.first - part.tilesBefore * 8u * tile.lines) / 32u;
  // the word that this invocation stages, of every (64/words)th pixel
  let word = firstWord + local % words;
  let ky = i32(word / p.blocks);
  let firstBit = i32(word % p.blocks * 32u);
  let gradientQuad = local % tile.quads;
  let gradientStep = 64u / tile.quads;

  #include "lib/tile_sums"
  var turn = 0u;
  for (var first = part.first; first < part.end; first += 32u) {
    var seen = 0u;
    for (var k = local / words; k < 32u; k += 64u / words) {
      let window = windowOf(first + k);
      let row = window.x + ky;
      let begin = max(i32(p.crop) - window.y, 0) * channels - firstBit;
      let end = min((i32(p.inputWidth) - window.y) * channels, i32(rowBits)) - firstBit;
      var bits = 0u;
      if (first + k < part.end && word < p.kernelHeight * p.blocks && row >= i32(p.crop) && row < i32(p.inputHeight)) {
        bits = spikesAt(u32(window.z), (row * i32(p.inputWidth) + window.y) * channels + firstBit) & bitRange(begin, end);
      }
      wordTile[turn * 256u + k * words + local % words] = bits;
      if (bits != 0u) { seen |= 1u << k; }
    }
    if (seen != 0u) { atomicOr(&fired[turn], seen); }
    workgroupBarrier();
    let pixels = atomicLoad(&fired[turn]);
    if (local == 0u) { atomicStore(&fired[1u - turn], 0u); }
    for (var k = local / tile.quads; k < 32u; k += gradientStep) {
      if (((pixels >> k) & 1u) != 0u) {
        gradientTile[k * tile.quads + gradientQuad] = loadGradient(first + k, tile.firstQuad + gradientQuad);
      }
    }
    workgroupBarrier();
    for (var left = pixels; left != 0u; left &= left - 1u) {
      let k = firstTrailingBit(left);
      let byte = (wordTile[turn * 256u + k * words + tile.line / 4u] >> (8u * (tile.line % 4u))) & 255u;
      if (byte != 0u) {
        let v = gradientTile[k * tile.quads + tile.column];
        let w = gradientTile[k * tile.quads + p.columns + tile.column];
        if ((byte & 1u) != 0u) { c0 += v; d0 += w; }
        if ((byte & 2u) != 0u) { c1 += v; d1 += w; }
        if ((byte & 4u) != 0u) { c2 += v; d2 += w; }
        if ((byte & 8u) != 0u) { c3 += v; d3 += w; }
        if ((byte & 16u) != 0u) { c4 += v; d4 += w; }
        if ((byte & 32u) != 0u) { c5 += v; d5 += w; }
        if ((byte & 64u) != 0u) { c6 += v; d6 += w; }
        if ((byte & 128u) != 0u) { c7 += v; d7 += w; }
      }
    }
    turn = 1u - turn;
  }

  #include "lib/tile_result"
  let mine = firstWord + tile.line / 4u;
  for (var i = 0u; i < 2u * p.sumsEach; i++) {
    let bit = mine % p.blocks * 32u + tile.line % 4u * 8u + i % p.sumsEach;
    let row = mine / p.blocks * rowBits + bit;
    let quad = tile.firstQuad + tile.column + select(0u, p.columns, i >= p.sumsEach);
    if (mine < p.kernelHeight * p.blocks && bit < rowBits && quad < channelQuads()) {
      partial[(part.chunk * p.kernelHeight * rowBits + row) * channelQuads() + quad] = result[i];
    }
  }
}
