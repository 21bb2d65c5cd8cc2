// pooling/spike_max_forward — the largest of spikes is their OR: bit y[n,oy,ox,c] is set if any spike lies under its window
// One invocation makes one word of an output image, run by run of the channels that a pixel has in it.
// in  0 spikes u32 [images, wordsPerImage]   out 1 y u32 [images, targetWords]
// grid images * targetWords
struct Parameters {
  invocations : u32, sourceHeight : u32, sourceWidth : u32, channels : u32,
  targetHeight : u32, targetWidth : u32, kernelHeight : u32, kernelWidth : u32,
  strideY : u32, strideX : u32, paddingY : u32, paddingX : u32,
  countPadding : u32, wordsPerImage : u32, targetWords : u32,
}
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read_write> y : array<u32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/spike_words"
#include "lib/pool_window"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let image = index / p.targetWords;
  let first = index % p.targetWords * 32u;
  let limit = min(first + 32u, p.targetHeight * p.targetWidth * p.channels);
  var bits = 0u;
  for (var pixel = first / p.channels; pixel * p.channels < limit; pixel++) {
    // the pixel's channels begin at bit `start` of this word, which has those from `begin` to `end`
    let start = i32(pixel * p.channels) - i32(first);
    let begin = max(start, 0);
    let end = min(start + i32(p.channels), 32);
    let window = windowOf(vec2u(pixel / p.targetWidth, pixel % p.targetWidth));
    var run = 0u;
    for (var row = window.first.x; row < window.end.x; row++) {
      for (var column = window.first.y; column < window.end.y; column++) {
        run |= spikesAt(image, i32((row * p.sourceWidth + column) * p.channels) + begin - start);
      }
    }
    bits |= (run & bitRange(0, end - begin)) << u32(begin);
  }
  y[index] = bits;
}
