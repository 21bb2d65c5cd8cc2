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
#if ${ROWS == 32}
  var c0 = vec4f(0.0);
  var c1 = vec4f(0.0);
  var c2 = vec4f(0.0);
  var c3 = vec4f(0.0);
  var c4 = vec4f(0.0);
  var c5 = vec4f(0.0);
  var c6 = vec4f(0.0);
  var c7 = vec4f(0.0);
  var c8 = vec4f(0.0);
  var c9 = vec4f(0.0);
  var c10 = vec4f(0.0);
  var c11 = vec4f(0.0);
  var c12 = vec4f(0.0);
  var c13 = vec4f(0.0);
  var c14 = vec4f(0.0);
  var c15 = vec4f(0.0);
  var c16 = vec4f(0.0);
  var c17 = vec4f(0.0);
  var c18 = vec4f(0.0);
  var c19 = vec4f(0.0);
  var c20 = vec4f(0.0);
  var c21 = vec4f(0.0);
  var c22 = vec4f(0.0);
  var c23 = vec4f(0.0);
  var c24 = vec4f(0.0);
  var c25 = vec4f(0.0);
  var c26 = vec4f(0.0);
  var c27 = vec4f(0.0);
  var c28 = vec4f(0.0);
  var c29 = vec4f(0.0);
  var c30 = vec4f(0.0);
  var c31 = vec4f(0.0);
#else
  var c0 = vec4f(0.0);
  var c1 = vec4f(0.0);
  var c2 = vec4f(0.0);
  var c3 = vec4f(0.0);
  var c4 = vec4f(0.0);
  var c5 = vec4f(0.0);
  var c6 = vec4f(0.0);
  var c7 = vec4f(0.0);
  var c8 = vec4f(0.0);
  var c9 = vec4f(0.0);
  var c10 = vec4f(0.0);
  var c11 = vec4f(0.0);
  var c12 = vec4f(0.0);
  var c13 = vec4f(0.0);
  var c14 = vec4f(0.0);
  var c15 = vec4f(0.0);
#endif
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
#if ${ROWS == 32}
          c0 += select(zero, d, (word & 1u) != 0u);
          c1 += select(zero, d, (word & 2u) != 0u);
          c2 += select(zero, d, (word & 4u) != 0u);
          c3 += select(zero, d, (word & 8u) != 0u);
          c4 += select(zero, d, (word & 16u) != 0u);
          c5 += select(zero, d, (word & 32u) != 0u);
          c6 += select(zero, d, (word & 64u) != 0u);
          c7 += select(zero, d, (word & 128u) != 0u);
          c8 += select(zero, d, (word & 256u) != 0u);
          c9 += select(zero, d, (word & 512u) != 0u);
          c10 += select(zero, d, (word & 1024u) != 0u);
          c11 += select(zero, d, (word & 2048u) != 0u);
          c12 += select(zero, d, (word & 4096u) != 0u);
          c13 += select(zero, d, (word & 8192u) != 0u);
          c14 += select(zero, d, (word & 16384u) != 0u);
          c15 += select(zero, d, (word & 32768u) != 0u);
          c16 += select(zero, d, (word & 65536u) != 0u);
          c17 += select(zero, d, (word & 131072u) != 0u);
          c18 += select(zero, d, (word & 262144u) != 0u);
          c19 += select(zero, d, (word & 524288u) != 0u);
          c20 += select(zero, d, (word & 1048576u) != 0u);
          c21 += select(zero, d, (word & 2097152u) != 0u);
          c22 += select(zero, d, (word & 4194304u) != 0u);
          c23 += select(zero, d, (word & 8388608u) != 0u);
          c24 += select(zero, d, (word & 16777216u) != 0u);
          c25 += select(zero, d, (word & 33554432u) != 0u);
          c26 += select(zero, d, (word & 67108864u) != 0u);
          c27 += select(zero, d, (word & 134217728u) != 0u);
          c28 += select(zero, d, (word & 268435456u) != 0u);
          c29 += select(zero, d, (word & 536870912u) != 0u);
          c30 += select(zero, d, (word & 1073741824u) != 0u);
          c31 += select(zero, d, (word & 2147483648u) != 0u);
#else
          c0 += select(zero, d, (word & 1u) != 0u);
          c1 += select(zero, d, (word & 2u) != 0u);
          c2 += select(zero, d, (word & 4u) != 0u);
          c3 += select(zero, d, (word & 8u) != 0u);
          c4 += select(zero, d, (word & 16u) != 0u);
          c5 += select(zero, d, (word & 32u) != 0u);
          c6 += select(zero, d, (word & 64u) != 0u);
          c7 += select(zero, d, (word & 128u) != 0u);
          c8 += select(zero, d, (word & 256u) != 0u);
          c9 += select(zero, d, (word & 512u) != 0u);
          c10 += select(zero, d, (word & 1024u) != 0u);
          c11 += select(zero, d, (word & 2048u) != 0u);
          c12 += select(zero, d, (word & 4096u) != 0u);
          c13 += select(zero, d, (word & 8192u) != 0u);
          c14 += select(zero, d, (word & 16384u) != 0u);
          c15 += select(zero, d, (word & 32768u) != 0u);
#endif
        }
      }
    }
  }
  var result : array<vec4f, 40>;
  result[0] = c0;
  result[1] = c1;
  result[2] = c2;
  result[3] = c3;
  result[4] = c4;
  result[5] = c5;
  result[6] = c6;
  result[7] = c7;
  result[8] = c8;
  result[9] = c9;
  result[10] = c10;
  result[11] = c11;
  result[12] = c12;
  result[13] = c13;
  result[14] = c14;
  result[15] = c15;
#if ${ROWS == 32}
  result[16] = c16;
  result[17] = c17;
  result[18] = c18;
  result[19] = c19;
  result[20] = c20;
  result[21] = c21;
  result[22] = c22;
  result[23] = c23;
  result[24] = c24;
  result[25] = c25;
  result[26] = c26;
  result[27] = c27;
  result[28] = c28;
  result[29] = c29;
  result[30] = c30;
  result[31] = c31;
#endif
  let count = min(${ROWS}u, u32(rowBits - firstBit));
  let rows = p.kernelHeight * u32(rowBits);
  for (var i = 0u; i < count; i++) {
    partial[((p.firstChunk + chunk) * rows + ky * u32(rowBits) + u32(firstBit) + i) * quads + quad] = result[i];
  }
}
