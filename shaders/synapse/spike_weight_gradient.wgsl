// synapse/spike_weight_gradient — synapse/real_weight_gradient for spikes as bits: only positions that spiked are visited further
// One invocation owns BLOCK input channels and 4 output channels of one tap and group, and a chunk of positions.
// The window slides over the fine side, the source, or the target if transposed: at position q of the coarse side tap k
// meets fine pixel q*stride + k*dilation - padding.
// in  0 spikes  u32 [images, wordsPerImage]
// in  1 dy      f32 [images, TH, TW, CT]
// out 2 partial f32 [chunks, kh*kw, I, quads*4]; UNTIED [chunks, pixels, kh*kw, I, quads*4]; quads = groups*ceil(O/4)
// grid chunks * kh*kw * ceil(I/BLOCK) * quads; UNTIED times the coarse pixels, and chunks are of images
// flags VEC: O is a multiple of 4; UNTIED: weights of their own for each coarse pixel; BLOCK: 8 or 32
struct Parameters {
  invocations : u32, images : u32, sourceHeight : u32, sourceWidth : u32,
  sourceChannels : u32, targetHeight : u32, targetWidth : u32, targetChannels : u32,
  kernelHeight : u32, kernelWidth : u32, groupInputs : u32, groupOutputs : u32,
  strideY : u32, strideX : u32, paddingY : u32, paddingX : u32,
  dilationY : u32, dilationX : u32, transposed : u32, blocks : u32,
  positionsPerChunk : u32, firstChunk : u32, wordsPerImage : u32,
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
  let groupQuads = (p.groupOutputs + 3u) / 4u;
  let quads = p.targetChannels / p.groupOutputs * groupQuads;
  let taps = p.kernelHeight * p.kernelWidth;
  let channelGroup = index % quads / groupQuads;
  let quad = index % quads % groupQuads;
  let block = index / quads % p.blocks;
  let tap = index / (quads * p.blocks) % taps;
  let rest = index / (quads * p.blocks * taps);
  let coarse = select(vec2u(p.targetHeight, p.targetWidth), vec2u(p.sourceHeight, p.sourceWidth), p.transposed != 0u);
  let fine = select(vec2u(p.sourceHeight, p.sourceWidth), vec2u(p.targetHeight, p.targetWidth), p.transposed != 0u);
  let pixels = coarse.x * coarse.y;
  let shift = vec2i(vec2u(tap / p.kernelWidth * p.dilationY, tap % p.kernelWidth * p.dilationX)) - vec2i(vec2u(p.paddingY, p.paddingX));
  let channel = channelGroup * p.groupOutputs + quad * 4u;
  let lanes = min(4u, p.groupOutputs - quad * 4u);
  let first = block * ${BLOCK}u;
  #if ${UNTIED}
  let chunk = rest / pixels;
  let tableRow = rest * taps + tap;
  var image = chunk * p.positionsPerChunk;
  let pixel = rest % pixels;
  var row = pixel / coarse.y;
  var column = pixel % coarse.y;
  let positions = p.images;
  #else
  let chunk = rest;
  let tableRow = chunk * taps + tap;
  let begin = chunk * p.positionsPerChunk;
  var image = begin / pixels;
  var row = begin % pixels / coarse.y;
  var column = begin % coarse.y;
  let positions = p.images * pixels;
  #endif
  let zero = vec4f(0.0);
  var c0 = zero;
  var c1 = zero;
  var c2 = zero;
  var c3 = zero;
  var c4 = zero;
  var c5 = zero;
  var c6 = zero;
  var c7 = zero;
  #if ${BLOCK == 32}
  var c8 = zero;
  var c9 = zero;
  var c10 = zero;
  var c11 = zero;
  var c12 = zero;
  var c13 = zero;
  var c14 = zero;
  var c15 = zero;
  var c16 = zero;
  var c17 = zero;
  var c18 = zero;
  var c19 = zero;
  var c20 = zero;
  var c21 = zero;
  var c22 = zero;
  var c23 = zero;
  var c24 = zero;
  var c25 = zero;
  var c26 = zero;
  var c27 = zero;
  var c28 = zero;
  var c29 = zero;
  var c30 = zero;
  var c31 = zero;
  #endif
  let count = min(${BLOCK}u, p.groupInputs - first);
  let end = min((chunk + 1u) * p.positionsPerChunk, positions);
  for (var position = chunk * p.positionsPerChunk; position < end; position++) {
    let near = vec2i(vec2u(row, column) * vec2u(p.strideY, p.strideX)) + shift;
    let coarsePixel = image * pixels + row * coarse.y + column;
    let finePixel = image * fine.x * fine.y + u32(near.x * i32(fine.y) + near.y);
    #if ${UNTIED}
    image++;
    #else
    column++;
    if (column == coarse.y) { column = 0u; row++; }
    if (row == coarse.x) { row = 0u; image++; }
    #endif
    if (near.x < 0 || near.x >= i32(fine.x) || near.y < 0 || near.y >= i32(fine.y)) { continue; }
    let sourcePixel = select(finePixel, coarsePixel, p.transposed != 0u);
    let targetPixel = select(coarsePixel, finePixel, p.transposed != 0u);
    let sourceImage = sourcePixel / (p.sourceHeight * p.sourceWidth);
    let bit = sourcePixel % (p.sourceHeight * p.sourceWidth) * p.sourceChannels + channelGroup * p.groupInputs + first;
    let word = spikesAt(sourceImage, i32(bit)) & bitRange(0, i32(count));
    if (word != 0u) {
#if ${VEC}
      let d = dy[(targetPixel * p.targetChannels + channel) / 4u];
#else
      var d = vec4f(0.0);
      for (var c = 0u; c < lanes; c++) { d[c] = dy[targetPixel * p.targetChannels + channel + c]; }
#endif
      c0 += select(zero, d, (word & 1u) != 0u);
      c1 += select(zero, d, (word & 2u) != 0u);
      c2 += select(zero, d, (word & 4u) != 0u);
      c3 += select(zero, d, (word & 8u) != 0u);
      c4 += select(zero, d, (word & 16u) != 0u);
      c5 += select(zero, d, (word & 32u) != 0u);
      c6 += select(zero, d, (word & 64u) != 0u);
      c7 += select(zero, d, (word & 128u) != 0u);
      #if ${BLOCK == 32}
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
      #endif
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
  #if ${BLOCK == 32}
  result[8] = c8;
  result[9] = c9;
  result[10] = c10;
  result[11] = c11;
  result[12] = c12;
  result[13] = c13;
  result[14] = c14;
  result[15] = c15;
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
  #if ${UNTIED}
  let tableRows = pixels * taps;
  #else
  let tableRows = taps;
  #endif
  for (var i = 0u; i < count; i++) { partial[((p.firstChunk * tableRows + tableRow) * p.groupInputs + first + i) * quads + channelGroup * groupQuads + quad] = result[i]; }
}
