// time/delay — y[t, b, p, c] (+)= x[t - sign * delay[c], b, p, c], 0 where that step is not in the sequence
// A sequence in several slabs takes one dispatch for each pair of slabs that a delay may join; each adds its part.
// in  0 x f32 [sourceSteps, B, H*W, C]; SPIKES u32 [sourceSteps, B, wordsPerImage]   in 1 delays f32 [C], whole steps
// out 2 y as x, [targetSteps, ...]
// grid targetSteps * B * H*W*C; SPIKES targetSteps * B * wordsPerImage
// flags SPIKES; ACCUMULATE: adds to y (bits are joined), else what is not in this part of the source becomes 0
struct Parameters {
  invocations : u32, batch : u32, neurons : u32, channels : u32,
  wordsPerImage : u32, targetFirst : i32, sourceFirst : i32, sourceSteps : i32,
  sign : i32, bitsPerWord : u32,
}
#if ${SPIKES}
@group(0) @binding(0) var<storage, read> x : array<u32>;
@group(0) @binding(1) var<storage, read> delays : array<f32>;
@group(0) @binding(2) var<storage, read_write> y : array<u32>;
#else
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read> delays : array<f32>;
@group(0) @binding(2) var<storage, read_write> y : array<f32>;
#endif
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

// step of this part of the source that a channel looks at, below 0 or above the last where it is elsewhere
fn sourceStep(step : u32, channel : u32) -> i32 {
  return i32(step) + p.targetFirst - p.sign * i32(delays[channel]) - p.sourceFirst;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  #if ${SPIKES}
  let word = index % p.wordsPerImage;
  let image = index / p.wordsPerImage;
  var value = 0u;
  for (var bit = 0u; bit < min(p.bitsPerWord, p.neurons - word * 32u); bit++) {
    let step = sourceStep(image / p.batch, (word * 32u + bit) % p.channels);
    if (step >= 0 && step < p.sourceSteps) {
      value |= x[(u32(step) * p.batch + image % p.batch) * p.wordsPerImage + word] & (1u << bit);
    }
  }
  #if ${ACCUMULATE}
  y[index] |= value;
  #else
  y[index] = value;
  #endif
  #else
  let perStep = p.batch * p.neurons;
  let step = sourceStep(index / perStep, index % p.channels);
  let inside = step >= 0 && step < p.sourceSteps;
  let value = select(0.0, x[select(0u, u32(step) * perStep + index % perStep, inside)], inside);
  #if ${ACCUMULATE}
  y[index] += value;
  #else
  y[index] = value;
  #endif
  #endif
}
