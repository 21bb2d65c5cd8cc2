// convolution/spike_forward_lookup — convolution/spike_forward by looked-up sums of three weights, for adapters whose
// subgroups have at least 8 lanes.
// Lane l of each 8 holds w0·l0 + w1·l1 + w2·l2, the sum of the weights that bit pattern l picks, and an invocation takes
// the sum for its own three spikes by one shuffle: one addition instead of three multiplications and three additions.
// An invocation owns 16 output pixels of one image and 4·QUADS output channels; a workgroup's 64 strips share them.
// in  0 spikes  u32 [images, wordsPerImage]          bit n of an image is the flat [H, W, CI] index
// in  1 weights f32 [kernelHeight, kernelWidth, CI, CO]
// out 2 y       f32 [images, OH, OW, outputStride]   channels outputOffset .. outputOffset+CO-1
// out 3 moments f32 [images*strips, 2, momentStride] mean and sum of squared deviations of the strip's pixels (MOMENTS)
// grid ceil(images*strips/64)*64 * CO/(4*QUADS); strips = ceil(OH*OW/16)
// flags QUADS: 1, 2 or 4, divides CO/4; MOMENTS: write binding 3. CO, outputStride and outputOffset are multiples of 4.
//       HALF_OUT: y is f16 (lib/half), moments are of the numbers before rounding
enable subgroups;
struct Parameters {
  invocations : u32, inputHeight : u32, inputWidth : u32, inputChannels : u32,
  outputHeight : u32, outputWidth : u32, outputChannels : u32, kernelHeight : u32,
  kernelWidth : u32, stride : u32, crop : u32, padding : u32,
  wordsPerImage : u32, outputStride : u32, outputOffset : u32, strips : u32,
  momentStride : u32, firstImage : u32, stripLength : u32, images : u32,
}
alias Element = vec4f;
#include "lib/half"
#include "lib/half_target"
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read> weights : array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y : array<Target>;
@group(0) @binding(3) var<storage, read_write> moments : array<vec4f>;
@group(0) @binding(4) var<uniform> p : Parameters;

#include "lib/spike_words"
#include "lib/lookup"

// sums of three of the weight rows that the lanes of each 8 brought, beginning with row `first`
fn sums(rows : vec4f, lane : u32, first : u32) -> vec4f {
  let w0 = subgroupShuffle(rows, first);
  let w1 = subgroupShuffle(rows, first + 1u);
  let w2 = subgroupShuffle(rows, first + 2u);
  return eightSums(w0, w1, w2, lane);
}

#if ${QUADS == 4}
// bits of one trip through the inner loop
const groupBits = 3u;
#else
const groupBits = 6u;
#endif
alias Strip = array<vec4f, 16>;

fn finish(result : ptr<function, Strip>, image : u32, strip : u32, quad : u32, pixels : u32) {
  var sum = vec4f(0.0);
  for (var i = 0u; i < 16u; i++) { sum += (*result)[i]; }
  let mean = sum / f32(pixels);
  var kept : array<vec4f, 40>;
  for (var i = 0u; i < 16u; i++) { kept[i] = (*result)[i]; }
  var deviations = vec4f(0.0);
  for (var i = 0u; i < pixels; i++) {
    let value = kept[i];
    deviations += (value - mean) * (value - mean);
    let pixel = image * p.outputHeight * p.outputWidth + strip * p.stripLength + i;
    y[(pixel * p.outputStride + p.outputOffset) / 4u + quad] = stored(value);
  }
  #if ${MOMENTS}
  let at = ((p.firstImage + image) * p.strips + strip) * 2u * p.momentStride + p.outputOffset;
  moments[at / 4u + quad] = mean;
  moments[(at + p.momentStride) / 4u + quad] = deviations;
  #else
  _ = &moments;
  #endif
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32, @builtin(subgroup_invocation_id) lane : u32) {
  let workgroup = group.y * groups.x + group.x;
  let quadGroups = p.outputChannels / ${4 * QUADS}u;
  let quad = workgroup % quadGroups * ${QUADS}u;
  let place = workgroup / quadGroups * 64u + local;
  // lanes past the end work on the last strip with the others, since all must take part in shuffles, and store nothing
  let last = p.images * p.strips - 1u;
  let strip = min(place, last) % p.strips;
  let image = min(place, last) / p.strips;
  let origin = i32(p.crop) - i32(p.padding);
  let pixels = min(p.stripLength, p.outputHeight * p.outputWidth - strip * p.stripLength);

  var rows : array<i32, 40>;
  var columns : array<i32, 40>;
  // stepped by hand: an integer division costs as much as a load
  var oy = strip * p.stripLength / p.outputWidth;
  var ox = strip * p.stripLength % p.outputWidth;
  for (var i = 0u; i < p.stripLength; i++) {
    rows[i] = select(-65536, i32(oy * p.stride) + origin, i < pixels);
    columns[i] = i32(ox * p.stride) + origin;
    ox++;
    if (ox == p.outputWidth) { ox = 0u; oy++; }
  }
  var c0 : Strip;
  #if ${QUADS > 1}
  var c1 : Strip;
  #endif
  #if ${QUADS == 4}
  var c2 : Strip;
  var c3 : Strip;
  #endif
  var window : array<u32, 40>;
  let rowBits = p.kernelWidth * p.inputChannels;
  let quads = p.outputChannels / 4u;
  // these loops test at their end: a software driver goes once more through one that tests first
  var ky = 0u;
  loop {
    // 30 bits at a time: a multiple of three
    var first = 0u;
    loop {
      var i = 0u;
      loop {
        let row = rows[i] + i32(ky);
        let column = columns[i];
        let inside = row >= i32(p.crop) && row < i32(p.inputHeight);
        let begin = max(i32(p.crop) - column, 0) * i32(p.inputChannels) - i32(first);
        let end = min(i32(p.inputWidth) - column, i32(p.kernelWidth)) * i32(p.inputChannels) - i32(first);
        let start = (row * i32(p.inputWidth) + column) * i32(p.inputChannels) + i32(first);
        window[i] = select(0u, spikesAt(image, select(0, start, inside)) & bitRange(begin, end), inside);
        continuing {
          i++;
          break if i >= p.stripLength;
        }
      }
      let bits = min(30u, rowBits - first);
      var g = 0u;
      loop {
        // rows past the window are read and never picked: their bits are zero
        let row = (ky * rowBits + first + g + (lane & 7u)) * quads + quad;
        let rows0 = weights[row];
        let s0 = sums(rows0, lane, 0u);
        #if ${QUADS > 1}
        let rows1 = weights[row + 1u];
        let s1 = sums(rows1, lane, 0u);
        #endif
        #if ${QUADS == 4}
        let s2 = sums(weights[row + 2u], lane, 0u);
        let s3 = sums(weights[row + 3u], lane, 0u);
        #else
        let t0 = sums(rows0, lane, 3u);
        #if ${QUADS == 2}
        let t1 = sums(rows1, lane, 3u);
        #endif
        #endif
        for (var i = 0u; i < 16u; i++) {
          let spiking = window[i] >> g;
          #if ${QUADS == 4}
          c0[i] += subgroupShuffle(s0, spiking & 7u);
          c1[i] += subgroupShuffle(s1, spiking & 7u);
          c2[i] += subgroupShuffle(s2, spiking & 7u);
          c3[i] += subgroupShuffle(s3, spiking & 7u);
          #else
          c0[i] = c0[i] + subgroupShuffle(s0, spiking & 7u) + subgroupShuffle(t0, (spiking >> 3u) & 7u);
          #if ${QUADS == 2}
          c1[i] = c1[i] + subgroupShuffle(s1, spiking & 7u) + subgroupShuffle(t1, (spiking >> 3u) & 7u);
          #endif
          #endif
        }
        continuing {
          g += groupBits;
          break if g >= bits;
        }
      }
      continuing {
        first += 30u;
        break if first >= rowBits;
      }
    }
    continuing {
      ky++;
      break if ky >= p.kernelHeight;
    }
  }
  if (place > last) { return; }
  finish(&c0, image, strip, quad, pixels);
  #if ${QUADS > 1}
  finish(&c1, image, strip, quad + 1u, pixels);
  #endif
  #if ${QUADS == 4}
  finish(&c2, image, strip, quad + 2u, pixels);
  finish(&c3, image, strip, quad + 3u, pixels);
  #endif
}
