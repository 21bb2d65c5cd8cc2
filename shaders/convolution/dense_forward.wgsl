// convolution/dense_forward — as convolution/spike_forward for real-valued input, with an optional bias.
// in  0 x       f32 [images, H, W, CI]
// in  1 weights f32 [kernelHeight, kernelWidth, CI, CO]
// in  2 bias    f32 [CO] (BIAS)
// out 3 y       f32 [images, OH, OW, outputStride]
// out 4 moments f32 [images*strips, 2, momentStride] (MOMENTS)
// grid images * strips * ceil(CO/4); strips = ceil(OH*OW/16)
// flags VEC: CO, outputStride, outputOffset are multiples of 4; VEC_IN: CI is a multiple of 4; BIAS; MOMENTS;
//       HALF_IN, with VEC_IN: x is f16 (lib/half); HALF_OUT, with VEC: y is f16 (lib/half), moments are of the numbers before rounding
struct Parameters {
  invocations : u32, inputHeight : u32, inputWidth : u32, inputChannels : u32,
  outputHeight : u32, outputWidth : u32, outputChannels : u32, kernelHeight : u32,
  kernelWidth : u32, stride : u32, crop : u32, padding : u32,
  outputStride : u32, outputOffset : u32, strips : u32, momentStride : u32,
  firstImage : u32, stripLength : u32,
}
#include "lib/element"
#include "lib/half"
#include "lib/half_target"
#if ${HALF_IN}
@group(0) @binding(0) var<storage, read> x : array<vec2u>;
#elif ${VEC_IN}
@group(0) @binding(0) var<storage, read> x : array<vec4f>;
#else
@group(0) @binding(0) var<storage, read> x : array<f32>;
#endif
@group(0) @binding(1) var<storage, read> weights : array<Element>;
@group(0) @binding(3) var<storage, read_write> y : array<Target>;
@group(0) @binding(4) var<storage, read_write> moments : array<Element>;
@group(0) @binding(2) var<storage, read> bias : array<f32>;
@group(0) @binding(5) var<uniform> p : Parameters;

#include "lib/grid"
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
  #if ${VEC_IN}
  let channels = p.inputChannels / 4u;
  #else
  let channels = p.inputChannels;
  #endif

  var rows : array<i32, 40>;
  var columns : array<i32, 40>;
  for (var i = 0u; i < p.stripLength; i++) {
    let pixel = strip * p.stripLength + i;
    rows[i] = select(-65536, i32(pixel / p.outputWidth * p.stride) + origin, i < pixels);
    columns[i] = i32(pixel % p.outputWidth * p.stride) + origin;
  }
  var start = vec4f(0.0);
  #if ${BIAS}
  for (var c = 0u; c < min(4u, p.outputChannels - quad * 4u); c++) { start[c] = bias[quad * 4u + c]; }
  #else
  _ = &bias;
  #endif
  var sums : array<vec4f, 16>;
  for (var i = 0u; i < 16u; i++) { sums[i] = start; }
  #if ${VEC_IN}
  var a : array<vec4f, 40>;
  #else
  var a : array<f32, 40>;
  #endif
  for (var tap = 0u; tap < p.kernelHeight * p.kernelWidth; tap++) {
    let ky = i32(tap / p.kernelWidth);
    let kx = i32(tap % p.kernelWidth);
    for (var k = 0u; k < channels; k++) {
      for (var i = 0u; i < p.stripLength; i++) {
        let row = rows[i] + ky;
        let column = columns[i] + kx;
        let inside = row >= i32(p.crop) && row < i32(p.inputHeight) && column >= i32(p.crop) && column < i32(p.inputWidth);
        let at = ((i32(image * p.inputHeight) + row) * i32(p.inputWidth) + column) * i32(channels) + i32(k);
        #if ${HALF_IN}
        let value = fromHalves(x[u32(select(0, at, inside))]);
        #else
        let value = x[u32(select(0, at, inside))];
        #endif
        #if ${VEC_IN}
        a[i] = select(vec4f(0.0), value, inside);
        #else
        a[i] = select(0.0, value, inside);
        #endif
      }
      #if ${VEC_IN}
      let w0 = loadWeights((tap * channels + k) * 4u, quad);
      let w1 = loadWeights((tap * channels + k) * 4u + 1u, quad);
      let w2 = loadWeights((tap * channels + k) * 4u + 2u, quad);
      let w3 = loadWeights((tap * channels + k) * 4u + 3u, quad);
      for (var i = 0u; i < 16u; i++) { sums[i] += a[i].x * w0 + a[i].y * w1 + a[i].z * w2 + a[i].w * w3; }
      #else
      let w = loadWeights(tap * channels + k, quad);
      for (var i = 0u; i < 16u; i++) { sums[i] += a[i] * w; }
      #endif
    }
  }
  var result : array<vec4f, 40>;
  for (var i = 0u; i < 16u; i++) { result[i] = sums[i]; }
  storeStrip(&result, image, strip, quad, pixels);
}
