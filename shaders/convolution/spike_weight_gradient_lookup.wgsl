// convolution/spike_weight_gradient_lookup — convolution/spike_weight_gradient by looked-up sums of three pixels, for
// adapters whose subgroups have at least 8 lanes.
// Lane l of each 8 holds d0·l0 + d1·l1 + d2·l2, the sum of the output gradients that bit pattern l picks out of three
// pixels; a weight takes the sum for its own three spikes by one shuffle. Eight lanes form a team, which owns 64
// consecutive (kx, i) rows of one kernel row, eight a lane, 4·QUADS output channels and a chunk of images.
// in  0 spikes  u32 [images, wordsPerImage]
// in  1 dy      f32 [images, OH, OW, outputStride]
// out 2 partial f32 [chunks, kernelHeight*kernelWidth*CI, CO]
// grid ceil(chunks*kernelHeight*blocks/8)*64 * CO/(4*QUADS); blocks = ceil(kernelWidth*CI/64)
// flags QUADS: 1, 2 or 4, divides CO/4. CO, outputStride and outputOffset are multiples of 4.
enable subgroups;
struct Parameters {
  invocations : u32, images : u32, inputHeight : u32, inputWidth : u32,
  inputChannels : u32, outputHeight : u32, outputWidth : u32, outputChannels : u32,
  kernelHeight : u32, kernelWidth : u32, stride : u32, crop : u32,
  padding : u32, wordsPerImage : u32, outputStride : u32, outputOffset : u32,
  blocks : u32, imagesPerChunk : u32, firstChunk : u32, chunks : u32, one : u32,
}
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read> dy : array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partial : array<vec4f>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/spike_words"
#include "lib/lookup"

alias Rows = array<vec4f, 8>;

// sums of the output gradients of the three pixels that lane `source` loaded
fn sums(d0 : vec4f, d1 : vec4f, d2 : vec4f, source : u32, lane : u32) -> vec4f {
  return eightSums(subgroupShuffle(d0, source), subgroupShuffle(d1, source), subgroupShuffle(d2, source), lane);
}
// for four of this lane's rows, in bytes: which of three pixels spike there
fn patterns(a0 : u32, a1 : u32, a2 : u32, source : u32, lane : u32) -> u32 {
  let b0 = (subgroupShuffle(a0, source) >> lane) & 0x01010101u;
  let b1 = (subgroupShuffle(a1, source) >> lane) & 0x01010101u;
  let b2 = (subgroupShuffle(a2, source) >> lane) & 0x01010101u;
  return b0 | (b1 << 1u) | (b2 << 2u);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32, @builtin(subgroup_invocation_id) subgroupLane : u32) {
  let workgroup = group.y * groups.x + group.x;
  let quads = p.outputChannels / 4u;
  let columns = quads / ${QUADS}u;
  let quad = workgroup % columns * ${QUADS}u;
  let lane = subgroupLane & 7u;
  let firstLane = subgroupLane - lane;
  // teams past the end repeat the last one's work, since all must take part in shuffles, and store nothing
  let place = workgroup / columns * 8u + local / 8u;
  let team = min(place, p.chunks * p.kernelHeight * p.blocks - 1u);
  let firstBit = i32(team % p.blocks * 64u);
  let ky = team / p.blocks % p.kernelHeight;
  let chunk = team / (p.blocks * p.kernelHeight);
  let origin = i32(p.crop) - i32(p.padding);
  let channels = i32(p.inputChannels);
  let rowBits = i32(p.kernelWidth) * channels;

  var c0 : Rows;
  #if ${QUADS > 1}
  var c1 : Rows;
  #endif
  #if ${QUADS == 4}
  var c2 : Rows;
  var c3 : Rows;
  #endif
  // windows of this lane's three pixels in two words, and their output gradients
  var low : array<u32, 40>;
  var high : array<u32, 40>;
  var d : array<vec4f, 40>;
  let last = min((chunk + 1u) * p.imagesPerChunk, p.images);
  // image, row and column of this lane's next pixel; stepped by hand, since a division costs as much as a load
  let pixels = p.outputHeight * p.outputWidth;
  var image = chunk * p.imagesPerChunk + 3u * lane / pixels;
  var oy = 3u * lane % pixels / p.outputWidth;
  var ox = 3u * lane % p.outputWidth;
  let stepImages = 21u / pixels;
  let stepRows = 21u % pixels / p.outputWidth;
  let stepColumns = 21u % p.outputWidth;
  // as many trips as the longest chunk needs: all teams of a subgroup go through the loop together
  for (var at = 0u; at < p.imagesPerChunk * pixels; at += 24u) {
    // loops of few trips test at the end: a driver without branches goes through the body once more otherwise
    var j = 0u;
    loop {
      let live = image < last;
      let row = i32(oy * p.stride + ky) + origin;
      let column = i32(ox * p.stride) + origin;
      let here = live && row >= i32(p.crop) && row < i32(p.inputHeight);
      let first = select(0, (row * i32(p.inputWidth) + column) * channels + firstBit, here);
      let windowBegin = max(i32(p.crop) - column, 0) * channels - firstBit;
      let windowEnd = min(i32(p.inputWidth) - column, i32(p.kernelWidth)) * channels - firstBit;
      let source = select(0u, image, here);
      low[j] = select(0u, spikesAt(source, first) & bitRange(windowBegin, windowEnd), here);
      high[j] = select(0u, spikesAt(source, first + 32) & bitRange(windowBegin - 32, windowEnd - 32), here);
      let pixel = select(0u, (image * p.outputHeight + oy) * p.outputWidth + ox, live);
      let gradient = (pixel * p.outputStride + p.outputOffset) / 4u + quad;
      var q = 0u;
      loop {
        d[j + 4u * q] = select(vec4f(0.0), dy[gradient + q], live);
        continuing {
          q++;
          break if q >= ${QUADS}u * p.one;
        }
      }
      ox++;
      if (ox == p.outputWidth) { ox = 0u; oy++; }
      if (oy == p.outputHeight) { oy = 0u; image++; }
      continuing {
        j++;
        break if j >= 3u * p.one;
      }
    }
    ox += stepColumns;
    oy += stepRows;
    image += stepImages;
    if (ox >= p.outputWidth) { ox -= p.outputWidth; oy++; }
    if (oy >= p.outputHeight) { oy -= p.outputHeight; image++; }
    let l0 = low[0];
    let l1 = low[1];
    let l2 = low[2];
    let h0 = high[0];
    let h1 = high[1];
    let h2 = high[2];
    var g = 0u;
    loop {
      let source = firstLane + g;
      let inLow = patterns(l0, l1, l2, source, lane);
      let inHigh = patterns(h0, h1, h2, source, lane);
      let s0 = sums(d[0], d[1], d[2], source, lane);
      #if ${QUADS > 1}
      let s1 = sums(d[4], d[5], d[6], source, lane);
      #endif
      #if ${QUADS == 4}
      let s2 = sums(d[8], d[9], d[10], source, lane);
      let s3 = sums(d[12], d[13], d[14], source, lane);
      #endif
      for (var m = 0u; m < 8u; m++) {
        let pattern = (select(inLow, inHigh, m > 3u) >> (8u * (m & 3u))) & 7u;
        c0[m] += subgroupShuffle(s0, firstLane + pattern);
        #if ${QUADS > 1}
        c1[m] += subgroupShuffle(s1, firstLane + pattern);
        #endif
        #if ${QUADS == 4}
        c2[m] += subgroupShuffle(s2, firstLane + pattern);
        c3[m] += subgroupShuffle(s3, firstLane + pattern);
        #endif
      }
      continuing {
        g++;
        break if g >= 8u * p.one;
      }
    }
  }
  if (place != team) { return; }
  let rows = u32(rowBits);
  let firstRow = ((p.firstChunk + chunk) * p.kernelHeight + ky) * rows;
  for (var m = 0u; m < 8u; m++) {
    d[m * ${QUADS}u] = c0[m];
    #if ${QUADS > 1}
    d[m * ${QUADS}u + 1u] = c1[m];
    #endif
    #if ${QUADS == 4}
    d[m * 4u + 2u] = c2[m];
    d[m * 4u + 3u] = c3[m];
    #endif
  }
  for (var m = 0u; m < 8u * p.one; m++) {
    let row = u32(firstBit) + lane + 8u * m;
    if (row < rows) {
      for (var q = 0u; q < ${QUADS}u * p.one; q++) { partial[(firstRow + row) * quads + quad + q] = d[m * ${QUADS}u + q]; }
    }
  }
}
