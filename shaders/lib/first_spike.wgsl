// lib/first_spike — first channel of a pixel that spikes, or their number if none does; needs lib/spike_words and p.
fn firstSpike(image : u32, pixel : u32) -> u32 {
  for (var first = 0u; first < p.channels; first += 32u) {
    let word = spikesAt(image, i32(pixel * p.channels + first)) & bitRange(0, i32(p.channels - first));
    if (word != 0u) { return first + firstTrailingBit(word); }
  }
  return p.channels;
}
