// lib/strip_moments — mean and squared deviations of a strip of pixels, four output channels at once.
// Needs moments and p.outputChannels, outputOffset, momentStride.
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
