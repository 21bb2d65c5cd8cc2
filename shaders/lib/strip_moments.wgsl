// lib/strip_moments — stores a strip of pixels, four output channels at once, and with MOMENTS its mean and squared deviations.
// Needs moments, storeOutput of lib/channel_quad, and p.outputHeight, outputWidth, outputChannels, outputOffset, momentStride,
// firstImage, strips, stripLength.
#if ${VEC}
fn storeMoments(strip : u32, quad : u32, mean : vec4f, deviations : vec4f) {
  let at = (strip * 2u * p.momentStride + p.outputOffset) / 4u + quad;
  moments[at] = mean;
  moments[at + p.momentStride / 4u] = deviations;
}
#else
fn storeMoments(strip : u32, quad : u32, mean : vec4f, deviations : vec4f) {
  let count = min(4u, p.outputChannels - quad * 4u);
  let at = strip * 2u * p.momentStride + p.outputOffset + quad * 4u;
  for (var c = 0u; c < count; c++) {
    moments[at + c] = mean[c];
    moments[at + p.momentStride + c] = deviations[c];
  }
}
#endif

/** `values` are the strip's pixels; longer than 32 elements so that drivers keep them in memory. */
fn storeStrip(values : ptr<function, array<vec4f, 40>>, image : u32, strip : u32, quad : u32, pixels : u32) {
  var sum = vec4f(0.0);
  for (var i = 0u; i < pixels; i++) { sum += (*values)[i]; }
  let mean = sum / f32(pixels);
  var deviations = vec4f(0.0);
  for (var i = 0u; i < pixels; i++) {
    let value = (*values)[i];
    deviations += (value - mean) * (value - mean);
    storeOutput(image * p.outputHeight * p.outputWidth + strip * p.stripLength + i, quad, value);
  }
  #if ${MOMENTS}
  storeMoments((p.firstImage + image) * p.strips + strip, quad, mean, deviations);
  #else
  _ = &moments;
  #endif
}
