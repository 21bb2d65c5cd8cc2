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
  var c0 = start;
  var c1 = start;
  var c2 = start;
  var c3 = start;
  var c4 = start;
  var c5 = start;
  var c6 = start;
  var c7 = start;
  var c8 = start;
  var c9 = start;
  var c10 = start;
  var c11 = start;
  var c12 = start;
  var c13 = start;
  var c14 = start;
  var c15 = start;
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
      c0 += a[0].x * w0 + a[0].y * w1 + a[0].z * w2 + a[0].w * w3;
      c1 += a[1].x * w0 + a[1].y * w1 + a[1].z * w2 + a[1].w * w3;
      c2 += a[2].x * w0 + a[2].y * w1 + a[2].z * w2 + a[2].w * w3;
      c3 += a[3].x * w0 + a[3].y * w1 + a[3].z * w2 + a[3].w * w3;
      c4 += a[4].x * w0 + a[4].y * w1 + a[4].z * w2 + a[4].w * w3;
      c5 += a[5].x * w0 + a[5].y * w1 + a[5].z * w2 + a[5].w * w3;
      c6 += a[6].x * w0 + a[6].y * w1 + a[6].z * w2 + a[6].w * w3;
      c7 += a[7].x * w0 + a[7].y * w1 + a[7].z * w2 + a[7].w * w3;
      c8 += a[8].x * w0 + a[8].y * w1 + a[8].z * w2 + a[8].w * w3;
      c9 += a[9].x * w0 + a[9].y * w1 + a[9].z * w2 + a[9].w * w3;
      c10 += a[10].x * w0 + a[10].y * w1 + a[10].z * w2 + a[10].w * w3;
      c11 += a[11].x * w0 + a[11].y * w1 + a[11].z * w2 + a[11].w * w3;
      c12 += a[12].x * w0 + a[12].y * w1 + a[12].z * w2 + a[12].w * w3;
      c13 += a[13].x * w0 + a[13].y * w1 + a[13].z * w2 + a[13].w * w3;
      c14 += a[14].x * w0 + a[14].y * w1 + a[14].z * w2 + a[14].w * w3;
      c15 += a[15].x * w0 + a[15].y * w1 + a[15].z * w2 + a[15].w * w3;
      #else
      let w = loadWeights(tap * channels + k, quad);
      c0 += a[0] * w;
      c1 += a[1] * w;
      c2 += a[2] * w;
      c3 += a[3] * w;
      c4 += a[4] * w;
      c5 += a[5] * w;
      c6 += a[6] * w;
      c7 += a[7] * w;
      c8 += a[8] * w;
      c9 += a[9] * w;
      c10 += a[10] * w;
      c11 += a[11] * w;
      c12 += a[12] * w;
      c13 += a[13] * w;
      c14 += a[14] * w;
      c15 += a[15] * w;
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
  result[8] = c8;
  result[9] = c9;
  result[10] = c10;
  result[11] = c11;
  result[12] = c12;
  result[13] = c13;
  result[14] = c14;
  result[15] = c15;
  var sum = vec4f(0.0);
  for (var i = 0u; i < pixels; i++) { sum += result[i]; }
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
