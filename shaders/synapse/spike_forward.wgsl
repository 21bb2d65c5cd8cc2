// synapse/spike_forward — synapse/real_forward for spikes as bits: a weight is loaded only if one of the 16 targets sees that spike
// The bits of a group's channels at one pixel lie side by side; without groups, dilation and phases so do those of a whole kernel row.
// They are fetched as runs of runTaps taps, runBits bits, 32 at a time; words in which nobody spikes cost nothing more.
// in  0 spikes  u32 [images, wordsPerImage]; bit n of an image is the flat [SH, SW, CS] index
// in  1 weights f32 [kh*kw, I, CT]; UNTIED [pixels, kh*kw, I, CT]; I and O are the channels of one group
// in  2 bias    f32 [CT]; UNTIED [TH*TW, CT] (BIAS)
// out 3 y       f32 [images, TH, TW, CT]
// grid ceil(images*targets/16) * phasesY*phasesX * groups*ceil(O/4); UNTIED ceil(images/16) * TH*TW * groups*ceil(O/4)
// flags VEC: O is a multiple of 4; BIAS; ACCUMULATE: adds to y; UNTIED 0 one set of weights, 1 one a target pixel
struct Parameters {
  invocations : u32, images : u32, sourceHeight : u32, sourceWidth : u32,
  sourceChannels : u32, targetHeight : u32, targetWidth : u32, targetChannels : u32,
  kernelHeight : u32, kernelWidth : u32, groupInputs : u32, groupOutputs : u32,
  phasesY : u32, phasesX : u32, stepY : u32, stepX : u32,
  tapStepY : i32, tapStepX : i32, originY : i32, originX : i32,
  stripLength : u32, wordsPerImage : u32, runTaps : u32, runBits : u32,
}
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
#if ${VEC}
@group(0) @binding(1) var<storage, read> weights : array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y : array<vec4f>;
#else
@group(0) @binding(1) var<storage, read> weights : array<f32>;
@group(0) @binding(3) var<storage, read_write> y : array<f32>;
#endif
@group(0) @binding(2) var<storage, read> bias : array<f32>;
@group(0) @binding(4) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/spike_words"
#include "lib/synapse_targets"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let place = findTargets(index);
  let start = biasOf(place);
  var sums : array<vec4f, 16>;
  for (var i = 0u; i < 16u; i++) { sums[i] = start; }
  var window : array<u32, 40>;
  let firstInput = place.channelGroup * p.groupInputs;
  for (var tap = 0u; tap < p.kernelHeight * p.kernelWidth; tap += p.runTaps) {
    let ky = tap / p.kernelWidth;
    let kx = tap % p.kernelWidth;
    let offsetY = tapOffset(place.phase.x, p.originY, ky, p.tapStepY, p.phasesY);
    let offsetX = tapOffset(place.phase.y, p.originX, kx, p.tapStepX, p.phasesX);
    if (min(offsetY, offsetX) == -65536) { continue; }
    #if ${UNTIED > 0}
    let source = place.corner + vec2i(offsetY, offsetX);
    if (source.x < 0 || source.x >= i32(p.sourceHeight) || source.y + i32(p.runTaps) <= 0 || source.y >= i32(p.sourceWidth)) { continue; }
    #else
    let source = vec2i(0);
    #endif
    let weightTap = tapRow(place, source, ky, kx);
    for (var bit = 0u; bit < p.runBits; bit += 32u) {
      var fired = 0u;
      for (var i = 0u; i < p.stripLength; i++) {
        let row = rows[i] + offsetY;
        let column = columns[i] + offsetX;
        let inside = row >= 0 && row < i32(p.sourceHeight);
        let begin = max(-column, 0) * i32(p.sourceChannels) - i32(bit);
        let end = min((i32(p.sourceWidth) - column) * i32(p.sourceChannels), i32(p.runBits)) - i32(bit);
        let at = (row * i32(p.sourceWidth) + column) * i32(p.sourceChannels) + i32(firstInput + bit);
        var word = 0u;
        if (inside && begin < end) { word = spikesAt(images[i], at) & bitRange(begin, end); }
        window[i] = word;
        fired |= word;
      }
      var a : array<u32, 16>;
      for (var i = 0u; i < 16u; i++) { a[i] = window[i]; }
      let firstRow = weightTap * p.groupInputs + bit;
      while (fired != 0u) {
        let k = firstTrailingBit(fired);
        fired &= fired - 1u;
        let w = weightsAt(firstRow + k, place);
        for (var i = 0u; i < 16u; i++) { sums[i] += w * f32((a[i] >> k) & 1u); }
      }
    }
  }
  var result : array<vec4f, 40>;
  for (var i = 0u; i < 16u; i++) { result[i] = sums[i]; }
  for (var i = 0u; i < p.stripLength; i++) { storeTarget(i, place, result[i]); }
}
