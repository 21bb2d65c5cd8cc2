// convolution/spike_forward — y[n,oy,ox,o] = sum over ky,kx,i of w[ky,kx,i,o] * s[n, oy*stride+ky+originY, ox*stride+kx+originX, i]
// Spikes are bits. One invocation owns 16 output pixels of one image and 4 output channels. In one kernel row the
// bits of kernelWidth pixels lie side by side, so a 32-bit window is fetched by a shift; a weight is loaded only when
// one of the 16 pixels spikes there, and is then used by all of them.
// originY = originX = crop - padding; rows and columns below `crop` count as outside.
// in  0 spikes  u32 [images, wordsPerImage]          bit n of an image is the flat [H, W, CI] index
// in  1 weights f32 [kernelHeight, kernelWidth, CI, CO]
// out 2 y       f32 [images, OH, OW, outputStride]   channels outputOffset .. outputOffset+CO-1
// out 3 moments f32 [images*strips, 2, momentStride] mean and sum of squared deviations of the strip's pixels (MOMENTS)
// grid images * strips * ceil(CO/4); strips = ceil(OH*OW/16)
// flags VEC: CO, outputStride and outputOffset are multiples of 4; MOMENTS: write binding 3;
//       HALF_OUT, with VEC: y is f16 (lib/half), moments are of the numbers before rounding
struct Parameters {
  invocations : u32, inputHeight : u32, inputWidth : u32, inputChannels : u32,
  outputHeight : u32, outputWidth : u32, outputChannels : u32, kernelHeight : u32,
  kernelWidth : u32, stride : u32, crop : u32, padding : u32,
  wordsPerImage : u32, outputStride : u32, outputOffset : u32, strips : u32,
  momentStride : u32, firstImage : u32, stripLength : u32, runWords : u32,
}
#include "lib/element"
#include "lib/half"
#include "lib/half_target"
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read> weights : array<Element>;
@group(0) @binding(2) var<storage, read_write> y : array<Target>;
@group(0) @binding(3) var<storage, read_write> moments : array<Element>;
@group(0) @binding(4) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/spike_words"
#include "lib/channel_quad"
#include "lib/strip_moments"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let quads = (p.outputChannels + 3u) / 4u;
  let quad = index % quads;
  let strip = (index / quads) % p.strips;
  let image = index / (quads * p.strips);
  let origin = i32(p.crop) - i32(p.padding);
  let pixels = min(p.stripLength, p.outputHeight * p.outputWidth - strip * p.stripLength);

  // arrays with a dynamic index are longer than 32 elements so that drivers keep them in memory
  var rows : array<i32, 40>;
  var columns : array<i32, 40>;
  for (var i = 0u; i < p.stripLength; i++) {
    let pixel = strip * p.stripLength + i;
    rows[i] = select(-65536, i32(pixel / p.outputWidth * p.stride) + origin, i < pixels);
    columns[i] = i32(pixel % p.outputWidth * p.stride) + origin;
  }
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
  var window : array<u32, 40>;
  let rowBits = p.kernelWidth * p.inputChannels;
  // these loops test at their end: a software driver goes once more through one that tests first
  var ky = 0u;
  loop {
    var j = 0u;
    loop {
      var fired = 0u;
      var i = 0u;
      loop {
        let row = rows[i] + i32(ky);
        let column = columns[i];
        let inside = row >= i32(p.crop) && row < i32(p.inputHeight);
        let begin = max(i32(p.crop) - column, 0) * i32(p.inputChannels) - i32(j * 32u);
        let end = min(i32(p.inputWidth) - column, i32(p.kernelWidth)) * i32(p.inputChannels) - i32(j * 32u);
        let start = (row * i32(p.inputWidth) + column) * i32(p.inputChannels) + i32(j * 32u);
        let word = select(0u, spikesAt(image, select(0, start, inside)) & bitRange(begin, end), inside);
        window[i] = word;
        fired |= word;
        continuing {
          i++;
          break if i >= p.stripLength;
        }
      }
      let a0 = window[0];
      let a1 = window[1];
      let a2 = window[2];
      let a3 = window[3];
      let a4 = window[4];
      let a5 = window[5];
      let a6 = window[6];
      let a7 = window[7];
      let a8 = window[8];
      let a9 = window[9];
      let a10 = window[10];
      let a11 = window[11];
      let a12 = window[12];
      let a13 = window[13];
      let a14 = window[14];
      let a15 = window[15];
      let firstWeight = ky * rowBits + j * 32u;
      while (fired != 0u) {
        let k = firstTrailingBit(fired);
        fired &= fired - 1u;
        let w = loadWeights(firstWeight + k, quad);
        c0 += w * f32((a0 >> k) & 1u);
        c1 += w * f32((a1 >> k) & 1u);
        c2 += w * f32((a2 >> k) & 1u);
        c3 += w * f32((a3 >> k) & 1u);
        c4 += w * f32((a4 >> k) & 1u);
        c5 += w * f32((a5 >> k) & 1u);
        c6 += w * f32((a6 >> k) & 1u);
        c7 += w * f32((a7 >> k) & 1u);
        c8 += w * f32((a8 >> k) & 1u);
        c9 += w * f32((a9 >> k) & 1u);
        c10 += w * f32((a10 >> k) & 1u);
        c11 += w * f32((a11 >> k) & 1u);
        c12 += w * f32((a12 >> k) & 1u);
        c13 += w * f32((a13 >> k) & 1u);
        c14 += w * f32((a14 >> k) & 1u);
        c15 += w * f32((a15 >> k) & 1u);
      }
      continuing {
        j++;
        break if j >= p.runWords;
      }
    }
    continuing {
      ky++;
      break if ky >= p.kernelHeight;
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
  let sum = c0 + c1 + c2 + c3 + c4 + c5 + c6 + c7 + c8 + c9 + c10 + c11 + c12 + c13 + c14 + c15;
  let mean = sum / f32(pixels);
  var deviations = vec4f(0.0);
  for (var i = 0u; i < pixels; i++) {
    let value = result[i];
    deviations += (value - mean) * (value - mean);
    storeOutput(image * p.outputHeight * p.outputWidth + strip * p.stripLength + i, quad, value);
  }
  #if ${MOMENTS}
  storeMoments((p.firstImage + image) * p.strips + strip, quad, mean, deviations);
  #else
  _ = &moments;
  #endif
}
