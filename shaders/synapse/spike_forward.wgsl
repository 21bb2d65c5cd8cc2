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
  var c0 = start;
  var c1 = start;
  var c2 = start;
  var c3 = start;
  var c4 = start;
  var c5 = start;
  var c6 = start;
  var c7 = start;
  var c8 = start;
  var c9 = start;
  var c10 = start;
  var c11 = start;
  var c12 = start;
  var c13 = start;
  var c14 = start;
  var c15 = start;
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
      let a0 = window[0];
      let a1 = window[1];
      let a2 = window[2];
      let a3 = window[3];
      let a4 = window[4];
      let a5 = window[5];
      let a6 = window[6];
      let a7 = window[7];
      let a8 = window[8];
      let a9 = window[9];
      let a10 = window[10];
      let a11 = window[11];
      let a12 = window[12];
      let a13 = window[13];
      let a14 = window[14];
      let a15 = window[15];
      let firstRow = weightTap * p.groupInputs + bit;
      while (fired != 0u) {
        let k = firstTrailingBit(fired);
        fired &= fired - 1u;
        let w = weightsAt(firstRow + k, place);
        c0 += w * f32((a0 >> k) & 1u);
        c1 += w * f32((a1 >> k) & 1u);
        c2 += w * f32((a2 >> k) & 1u);
        c3 += w * f32((a3 >> k) & 1u);
        c4 += w * f32((a4 >> k) & 1u);
        c5 += w * f32((a5 >> k) & 1u);
        c6 += w * f32((a6 >> k) & 1u);
        c7 += w * f32((a7 >> k) & 1u);
        c8 += w * f32((a8 >> k) & 1u);
        c9 += w * f32((a9 >> k) & 1u);
        c10 += w * f32((a10 >> k) & 1u);
        c11 += w * f32((a11 >> k) & 1u);
        c12 += w * f32((a12 >> k) & 1u);
        c13 += w * f32((a13 >> k) & 1u);
        c14 += w * f32((a14 >> k) & 1u);
        c15 += w * f32((a15 >> k) & 1u);
      }
    }
  }
  var result : array<vec4f, 40>;
  result[0] = c0;
  result[1] = c1;
  result[2] = c2;
  result[3] = c3;
  result[4] = c4;
  result[5] = c5;
  result[6] = c6;
  result[7] = c7;
  result[8] = c8;
  result[9] = c9;
  result[10] = c10;
  result[11] = c11;
  result[12] = c12;
  result[13] = c13;
  result[14] = c14;
  result[15] = c15;
  for (var i = 0u; i < p.stripLength; i++) { storeTarget(i, place, result[i]); }
}
