// encoding/rate — rate code: s[t, i] = 1 where u < x, u from a Philox stream for element i at step t of a draw
// SIGNED: y[t, i] = sign(x) where 2 u <= |x|, else 0 (sheet 16, section 3.5)
// in  0 x f32 [1 or steps, B, N] in [0, 1], or finite (SIGNED)   in 1 draw vec4f: number of the draw (exact below 2^24), -, -, -
// out 2 y u32 [steps, B, words] spikes, or f32 [steps, B, N] as bits (SIGNED)
// io  3 faults u32 [1] + inputs that are not as said, which never fire
// grid B * words
// flags SIGNED
struct Parameters {
  invocations : u32, steps : u32, batch : u32, neurons : u32,
  words : u32, inputStep : u32, firstStep : u32, seedLow : u32,
  seedHigh : u32, rounds : u32, stream : u32,
}
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<uniform> draw : vec4f;
@group(0) @binding(2) var<storage, read_write> y : array<u32>;
@group(0) @binding(3) var<storage, read_write> faults : array<atomic<u32>>;
@group(0) @binding(4) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/philox"
#include "lib/encoding"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let sample = index / p.words;
  let word = index % p.words;
  let count = min(32u, p.neurons - word * 32u);
  let first = sample * p.neurons + word * 32u;
  var wrong = 0u;
  for (var t = 0u; t < p.steps; t++) {
    var bits = 0u;
    var u = vec4f(0.0);
    for (var j = 0u; j < count; j++) {
      let element = first + j;
      let lane = element & 3u;
      if (j == 0u || lane == 0u) {
        u = toUnit(philox(vec2u(p.seedLow, p.seedHigh), vec4u(element >> 2u, p.firstStep + t, u32(draw.x), p.stream), p.rounds));
      }
      let value = x[t * p.inputStep + element];
      #if ${SIGNED}
      let outside = notFinite(value);
      let fires = !outside && 2.0 * u[lane] <= abs(value);
      y[t * p.batch * p.neurons + element] = bitcast<u32>(select(0.0, sign(value), fires));
      #else
      let outside = outsideUnit(value);
      bits |= select(0u, 1u, !outside && u[lane] < value) << j;
      #endif
      // an input that stays the same is counted once
      wrong += select(0u, 1u, outside && (p.inputStep > 0u || p.firstStep + t == 0u));
    }
    #if ${!SIGNED}
    y[(t * p.batch + sample) * p.words + word] = bits;
    #endif
  }
  if (wrong > 0u) { atomicAdd(&faults[0], wrong); }
}
