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
  var sums : array<vec4f, 16>;
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
      var a : array<u32, 16>;
      for (var i = 0u; i < 16u; i++) { a[i] = window[i]; }
      let firstWeight = ky * rowBits + j * 32u;
      while (fired != 0u) {
        let k = firstTrailingBit(fired);
        fired &= fired - 1u;
        let w = loadWeights(firstWeight + k, quad);
        for (var i = 0u; i < 16u; i++) { sums[i] += w * f32((a[i] >> k) & 1u); }
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
  for (var i = 0u; i < 16u; i++) { result[i] = sums[i]; }
  storeStrip(&result, image, strip, quad, pixels);
}
