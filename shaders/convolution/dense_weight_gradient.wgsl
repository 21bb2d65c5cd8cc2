// convolution/dense_weight_gradient — as convolution/spike_weight_gradient for real-valued input.
// One invocation owns up to 8 consecutive (kx, i) rows of one kernel row, four output channels and a chunk of images.
// in  0 x       f32 [images, H, W, CI]
// in  1 dy      f32 [images, OH, OW, outputStride]
// out 2 partial f32 [chunks, kernelHeight*kernelWidth*CI, quads*4]
// grid chunks * kernelHeight * blocks * quads; blocks = ceil(kernelWidth*CI/8)
// flags VEC: outputStride and outputOffset are multiples of 4; HALF_IN: x is f16, two numbers a word (lib/half)
struct Parameters {
  invocations : u32, images : u32, inputHeight : u32, inputWidth : u32,
  inputChannels : u32, outputHeight : u32, outputWidth : u32, outputChannels : u32,
  kernelHeight : u32, kernelWidth : u32, stride : u32, crop : u32,
  padding : u32, outputStride : u32, outputOffset : u32, blocks : u32,
  imagesPerChunk : u32, firstChunk : u32,
}
#if ${HALF_IN}
@group(0) @binding(0) var<storage, read> x : array<u32>;
#else
@group(0) @binding(0) var<storage, read> x : array<f32>;
#endif
#if ${VEC}
@group(0) @binding(1) var<storage, read> dy : array<vec4f>;
#else
@group(0) @binding(1) var<storage, read> dy : array<f32>;
#endif
@group(0) @binding(2) var<storage, read_write> partial : array<vec4f>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

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
  let rowLength = p.kernelWidth * p.inputChannels;
  let first = block * 8u;
  // the column and channel of a row are stepped by hand: a division costs a software driver as much as a load
  let firstColumn = first / p.inputChannels;
  let firstChannel = first % p.inputChannels;
  let count = min(8u, rowLength - first);
  var result : array<vec4f, 40>;
  for (var i = 0u; i < count; i++) { result[i] = vec4f(0.0); }
  let lastImage = min((chunk + 1u) * p.imagesPerChunk, p.images);
  for (var image = chunk * p.imagesPerChunk; image < lastImage; image++) {
    for (var oy = 0u; oy < p.outputHeight; oy++) {
      let row = i32(oy * p.stride + ky) + origin;
      if (row < i32(p.crop) || row >= i32(p.inputHeight)) { continue; }
      for (var ox = 0u; ox < p.outputWidth; ox++) {
        let pixel = (image * p.outputHeight + oy) * p.outputWidth + ox;
        #if ${VEC}
        let d = dy[(pixel * p.outputStride + p.outputOffset) / 4u + quad];
        #else
        var d = vec4f(0.0);
        for (var c = 0u; c < min(4u, p.outputChannels - quad * 4u); c++) { d[c] = dy[pixel * p.outputStride + p.outputOffset + quad * 4u + c]; }
        #endif
        let base = (i32(image * p.inputHeight) + row) * i32(p.inputWidth) + i32(ox * p.stride) + origin;
        // tests at the end, since a software driver goes through a body once more than a loop that tests first has trips
        var i = 0u;
        var column = i32(ox * p.stride + firstColumn) + origin;
        var channel = firstChannel;
        loop {
          let inside = column >= i32(p.crop) && column < i32(p.inputWidth);
          let at = select(0u, u32(base * i32(p.inputChannels) + i32(first + i)), inside);
          #if ${HALF_IN}
          let value = unpack2x16float(x[at / 2u])[at % 2u];
          #else
          let value = x[at];
          #endif
          result[i] += select(0.0, value, inside) * d;
          channel++;
          let wraps = channel == p.inputChannels;
          channel = select(channel, 0u, wraps);
          column += select(0, 1, wraps);
          continuing {
            i++;
            break if i >= count;
          }
        }
      }
    }
  }
  for (var i = 0u; i < count; i++) {
    partial[((p.firstChunk + chunk) * p.kernelHeight * rowLength + ky * rowLength + first + i) * quads + quad] = result[i];
  }
}
