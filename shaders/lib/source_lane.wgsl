// lib/source_lane — the source channels of a lane (4 channels, or 1) at one pixel, from real values or bits; needs x and p.
fn sourceAt(image : u32, pixel : u32, lane : u32) -> Element {
  #if ${SPIKES}
  #if ${VEC}
  // four neighbours share a word: the channels are a multiple of four
  let first = (pixel * p.lanes + lane) * 4u;
  let four = x[image * p.wordsPerImage + (first >> 5u)] >> (first & 31u);
  return vec4f((vec4u(four) >> vec4u(0u, 1u, 2u, 3u)) & vec4u(1u));
  #else
  let bit = pixel * (p.lanes / p.multiplier) + lane / p.multiplier;
  return f32((x[image * p.wordsPerImage + (bit >> 5u)] >> (bit & 31u)) & 1u);
  #endif
  #else
  return x[(image * p.sourceHeight * p.sourceWidth + pixel) * (p.lanes / p.multiplier) + lane / p.multiplier];
  #endif
}
