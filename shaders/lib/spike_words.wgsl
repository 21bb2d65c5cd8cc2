// lib/spike_words — 32 spikes begin any bit position of an image's packed row; needs `spikes` and `p.wordsPerImage`.
// Spikes of one image are the flat [H, W, C] index n at bit n & 31 of word n >> 5.
fn spikesAt(image : u32, position : i32) -> u32 {
  let word = position >> 5u;
  let shift = u32(position & 31);
  let last = i32(p.wordsPerImage) - 1;
  let base = image * p.wordsPerImage;
  let low = select(0u, spikes[base + u32(clamp(word, 0, last))], word >= 0 && word <= last);
  let high = select(0u, spikes[base + u32(clamp(word + 1, 0, last))], word >= -1 && word < last);
  return select((low >> shift) | (high << (32u - shift)), low, shift == 0u);
}

// bits [begin, end) of a word, both clamped end 0..32
fn bitRange(begin : i32, end : i32) -> u32 {
  let a = u32(clamp(begin, 0, 32));
  let b = u32(clamp(end, 0, 32));
  let below = select((1u << b) - 1u, 0xffffffffu, b == 32u);
  let skip = select((1u << a) - 1u, 0xffffffffu, a == 32u);
  return below & ~skip;
}
