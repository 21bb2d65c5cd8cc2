// synapse/depthwise_forward — y[n,t,c] (+)= bias[c] + sum over taps k of w[k,c] * x[n, s(t,k), c/multiplier]: every channel by itself
// One invocation owns 16 targets of one lane (4 channels, or 1), so that each weight it loads serves 16 targets. Which
// sources the taps of a target look at is told in synapse/real_forward.
// in  0 x       f32 [images, SH, SW, CS]; SPIKES u32 [images, wordsPerImage], bit n of an image is its flat index
// in  1 weights f32 [kh*kw, CT]
// in  2 bias    f32 [CT] (BIAS)
// out 3 y       f32 [images, TH, TW, CT]; CT = CS*multiplier
// grid ceil(images*targets/16) * phasesY*phasesX * lanes
// flags VEC: multiplier 1 and a multiple of 4 channels; SPIKES; BIAS; ACCUMULATE: adds to y
struct Parameters {
  invocations : u32, images : u32, sourceHeight : u32, sourceWidth : u32,
  targetHeight : u32, targetWidth : u32, kernelHeight : u32, kernelWidth : u32,
  phasesY : u32, phasesX : u32, stepY : u32, stepX : u32,
  tapStepY : i32, tapStepX : i32, originY : i32, originX : i32,
  stripLength : u32, lanes : u32, multiplier : u32, wordsPerImage : u32,
}
#include "lib/element"
#if ${SPIKES}
@group(0) @binding(0) var<storage, read> x : array<u32>;
#else
@group(0) @binding(0) var<storage, read> x : array<Element>;
#endif
@group(0) @binding(1) var<storage, read> weights : array<Element>;
@group(0) @binding(2) var<storage, read> bias : array<Element>;
@group(0) @binding(3) var<storage, read_write> y : array<Element>;
@group(0) @binding(4) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/source_lane"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let lane = index % p.lanes;
  let phases = vec2u(p.phasesY, p.phasesX);
  let phaseIndex = index / p.lanes % (phases.x * phases.y);
  let phase = vec2u(phaseIndex / phases.y, phaseIndex % phases.y);
  let strip = index / (p.lanes * phases.x * phases.y);
  let size = (vec2u(p.targetHeight, p.targetWidth) + phases - vec2u(1u) - phase) / phases;
  let members = p.images * size.x * size.y;
  let divisor = max(size, vec2u(1u));

  // arrays with a dynamic index are longer than 32 elements so that drivers keep them in memory
  var corners : array<vec2i, 40>;
  var images : array<u32, 40>;
  var sums : array<Element, 40>;
  #if ${BIAS}
  let start = bias[lane];
  #else
  let start = Element(0.0);
  _ = &bias;
  #endif
  for (var i = 0u; i < p.stripLength; i++) {
    let member = strip * p.stripLength + i;
    images[i] = member / (divisor.x * divisor.y);
    let at = vec2u(member / divisor.y % divisor.x * p.stepY, member % divisor.y * p.stepX);
    corners[i] = select(vec2i(-65536), vec2i(at), member < members);
    sums[i] = start;
  }
  let source = vec2i(vec2u(p.sourceHeight, p.sourceWidth));
  for (var tap = 0u; tap < p.kernelHeight * p.kernelWidth; tap++) {
    let numberY = i32(phase.x) + p.originY + i32(tap / p.kernelWidth) * p.tapStepY;
    let numberX = i32(phase.y) + p.originX + i32(tap % p.kernelWidth) * p.tapStepX;
    if (numberY % i32(phases.x) != 0 || numberX % i32(phases.y) != 0) { continue; }
    let offset = vec2i(numberY / i32(phases.x), numberX / i32(phases.y));
    let w = weights[tap * p.lanes + lane];
    for (var i = 0u; i < p.stripLength; i++) {
      let at = corners[i] + offset;
      if (all(at >= vec2i(0)) && all(at < source)) {
        sums[i] += w * sourceAt(images[i], u32(at.x * source.y + at.y), lane);
      }
    }
  }
  for (var i = 0u; i < p.stripLength; i++) {
    if (corners[i].x < 0) { continue; }
    let member = strip * p.stripLength + i;
    let at = vec2u(member / divisor.y % divisor.x, member % divisor.y) * phases + phase;
    let place = ((images[i] * p.targetHeight + at.x) * p.targetWidth + at.y) * p.lanes + lane;
    #if ${ACCUMULATE}
    y[place] += sums[i];
    #else
    y[place] = sums[i];
    #endif
  }
}
