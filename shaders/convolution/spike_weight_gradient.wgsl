// convolution/spike_weight_gradient — partial sums of dw[ky,kx,i,o] = sum over n,oy,ox of s[n, iy, ix, i] * dy[n,oy,ox,o]
// One invocation owns up to ROWS consecutive (kx, i) rows of one kernel row, four output channels and a chunk of images.
// in  0 spikes  u32 [images, wordsPerImage]
// in  1 dy      f32 [images, OH, OW, outputStride]
// out 2 partial f32 [chunks, kernelHeight*kernelWidth*CI, quads*4]
// grid chunks * kernelHeight * blocks * quads; blocks = ceil(kernelWidth*CI/ROWS), quads = ceil(CO/4)
// flags VEC: outputStride and outputOffset are multiples of 4; ROWS: 16 or 32
struct Parameters {
  invocations : u32, images : u32, inputHeight : u32, inputWidth : u32,
  inputChannels : u32, outputHeight : u32, outputWidth : u32, outputChannels : u32,
  kernelHeight : u32, kernelWidth : u32, stride : u32, crop : u32,
  padding : u32, wordsPerImage : u32, outputStride : u32, outputOffset : u32,
  blocks : u32, imagesPerChunk : u32, firstChunk : u32, one : u32,
}
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
#if ${VEC}
@group(0) @binding(1) var<storage, read> dy : array<vec4f>;
#else
@group(0) @binding(1) var<storage, read> dy : array<f32>;
#endif
@group(0) @binding(2) var<storage, read_write> partial : array<vec4f>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/spike_words"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let quads = (p.outputChannels + 3u) / 4u;
  let quad = index % quads;
  let block = (index / quads) % p.blocks;
  let ky = (index / (quads * p.blocks)) % p.kernelHeight;
  let chunk = index / (quads * p.blocks * p.kernelHeight);
  let origin = i32(p.crop) - i32(p.padding);
  let channels = i32(p.inputChannels);
  let firstBit = i32(block * ${ROWS}u);
  let rowBits = i32(p.kernelWidth) * channels;
  let zero = vec4f(0.0);
  var sums : array<vec4f, ${ROWS}>;
  let lastImage = min((chunk + 1u) * p.imagesPerChunk, p.images);
  for (var image = chunk * p.imagesPerChunk; image < lastImage; image++) {
    for (var oy = 0u; oy < p.outputHeight; oy++) {
      let row = i32(oy * p.stride + ky) + origin;
      if (row < i32(p.crop) || row >= i32(p.inputHeight)) { continue; }
      for (var ox = 0u; ox < p.outputWidth; ox++) {
        let column = i32(ox * p.stride) + origin;
        let begin = max(i32(p.crop) - column, 0) * channels - firstBit;
        let end = min(min(i32(p.inputWidth) - column, i32(p.kernelWidth)) * channels, rowBits) - firstBit;
        let word = spikesAt(image, (row * i32(p.inputWidth) + column) * channels + firstBit) & bitRange(begin, min(end, ${ROWS}));
        if (word != 0u) {
          let pixel = (image * p.outputHeight + oy) * p.outputWidth + ox;
          #if ${VEC}
          let d = dy[(pixel * p.outputStride + p.outputOffset) / 4u + quad];
          #else
          var d = vec4f(0.0);
          for (var c = 0u; c < min(4u, p.outputChannels - quad * 4u); c++) { d[c] = dy[pixel * p.outputStride + p.outputOffset + quad * 4u + c]; }
          #endif
          for (var i = 0u; i < ${ROWS}u; i++) { sums[i] += select(zero, d, (word & (1u << i)) != 0u); }
        }
      }
    }
  }
  var result : array<vec4f, 40>;
  for (var i = 0u; i < ${ROWS}u; i++) { result[i] = sums[i]; }
  let count = min(${ROWS}u, u32(rowBits - firstBit));
  let rows = p.kernelHeight * u32(rowBits);
  for (var i = 0u; i < count; i++) {
    partial[((p.firstChunk + chunk) * rows + ky * u32(rowBits) + u32(firstBit) + i) * quads + quad] = result[i];
  }
}
