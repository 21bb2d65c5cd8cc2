// lib/channel_quad — four output channels at once, whether or not their number is a multiple of four.
// Needs weights, y, moments, lib/half_target and p.outputChannels, outputStride, outputOffset, momentStride.
#if ${VEC}
fn loadWeights(row : u32, quad : u32) -> vec4f {
  return weights[row * (p.outputChannels / 4u) + quad];
}
fn storeOutput(pixel : u32, quad : u32, value : vec4f) {
  y[(pixel * p.outputStride + p.outputOffset) / 4u + quad] = stored(value);
}
fn storeMoments(strip : u32, quad : u32, mean : vec4f, deviations : vec4f) {
  let at = (strip * 2u * p.momentStride + p.outputOffset) / 4u + quad;
  moments[at] = mean;
  moments[at + p.momentStride / 4u] = deviations;
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
fn storeMoments(strip : u32, quad : u32, mean : vec4f, deviations : vec4f) {
  let count = min(4u, p.outputChannels - quad * 4u);
  let at = strip * 2u * p.momentStride + p.outputOffset + quad * 4u;
  for (var c = 0u; c < count; c++) {
    moments[at + c] = mean[c];
    moments[at + p.momentStride + c] = deviations[c];
  }
}
#endif
