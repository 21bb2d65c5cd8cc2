// elementwise/concatenate_spikes — places the channels of one packed part into the packed concatenation.
// One dispatch a part, in order; the first part writes whole words, the others add their bits.
// in  0 spikes  u32 [images, wordsPerImage] of the part, C channels
// io  1 joined  u32 [images, words], total channels; part's channels start at offset
// grid images * words
struct Parameters {
  invocations : u32, pixels : u32, channels : u32, wordsPerImage : u32,
  total : u32, offset : u32, words : u32,
}
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read_write> joined : array<u32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/spike_words"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let image = index / p.words;
  let first = (index % p.words) * 32u;
  let limit = min(first + 32u, p.pixels * p.total);
  var bits = 0u;
  // the pixels that this word touches: for each, the overlap of [pixel*total + offset, + channels) with the word
  for (var pixel = first / p.total; pixel * p.total < limit; pixel++) {
    let start = i32(pixel * p.total + p.offset) - i32(first);
    let begin = max(start, 0);
    let end = min(start + i32(p.channels), 32);
    if (end > begin) {
      let run = spikesAt(image, i32(pixel * p.channels) + begin - start) & bitRange(0, end - begin);
      bits |= run << u32(begin);
    }
  }
  #if ${FIRST}
  joined[index] = bits;
  #else
  joined[index] |= bits;
  #endif
}
