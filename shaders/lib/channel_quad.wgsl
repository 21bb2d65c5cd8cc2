// lib/channel_quad — four output channels at once, whether or not their number is a multiple of four.
// Needs weights, y, lib/half_target and p.outputChannels, outputStride, outputOffset.
#if ${VEC}
fn loadWeights(row : u32, quad : u32) -> vec4f {
  return weights[row * (p.outputChannels / 4u) + quad];
}
fn storeOutput(pixel : u32, quad : u32, value : vec4f) {
  y[(pixel * p.outputStride + p.outputOffset) / 4u + quad] = stored(value);
}
fn loadOutput(pixel : u32, quad : u32) -> vec4f {
  return restored(y[(pixel * p.outputStride + p.outputOffset) / 4u + quad]);
}
#else
fn loadWeights(row : u32, quad : u32) -> vec4f {
  var w = vec4f(0.0);
  let count = min(4u, p.outputChannels - quad * 4u);
  for (var c = 0u; c < count; c++) { w[c] = weights[row * p.outputChannels + quad * 4u + c]; }
  return w;
}
fn storeOutput(pixel : u32, quad : u32, value : vec4f) {
  let count = min(4u, p.outputChannels - quad * 4u);
  for (var c = 0u; c < count; c++) { y[pixel * p.outputStride + p.outputOffset + quad * 4u + c] = stored(value[c]); }
}
fn loadOutput(pixel : u32, quad : u32) -> vec4f {
  var value = vec4f(0.0);
  let count = min(4u, p.outputChannels - quad * 4u);
  for (var c = 0u; c < count; c++) { value[c] = restored(y[pixel * p.outputStride + p.outputOffset + quad * 4u + c]); }
  return value;
}
#endif
