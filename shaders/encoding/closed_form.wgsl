// encoding/closed_form — codes whose spikes follow from a value and a step alone; round = half to even
// CODE 0 latency:   a spike at round((T-1)(1-x))
// CODE 1 logarithm: at round(T-1 - ln((e^(T-1)-1) x + 1)) = round(-ln(q + x(1-q))), q = e^-(T-1)
// CODE 2 threshold: at round(tau ln((theta+d)/d)), d = max(x - theta, 1e-7), if that is before T; stretched to T-1 (NORMALISE)
// CODE 3 weighted time to first spike: at T - ceil(x T), none for x = 0
// CODE 4 phase: bit K-1-(t mod K) of min(2^K - 1, floor(x 2^K))
// CODE 5 burst: ceil(most x) spikes, ceil(longest - (longest-shortest) x) steps apart (longest for one), from step 0
// Inputs below the cutoff are silent.
// in  0 x f32 [B, N] in [0, 1]   in 1 least u32 [1] bits of the smallest d of all (NORMALISE)
// out 2 spikes u32 [steps, B, words]   io 3 faults u32 [1] + inputs outside [0, 1], which never fire
// grid B * words
// flags CODE, NORMALISE
struct Parameters {
  invocations : u32, steps : u32, batch : u32, neurons : u32,
  words : u32, firstStep : u32, total : u32, cutoff : f32,
  floor : f32, tau : f32, theta : f32, bits : u32,
  most : f32, shortest : f32, longest : f32,
}
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read> least : array<u32>;
@group(0) @binding(2) var<storage, read_write> spikes : array<u32>;
@group(0) @binding(3) var<storage, read_write> faults : array<atomic<u32>>;
@group(0) @binding(4) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/encoding"

const silent = 0xffffffffu;

fn elapsed(d : f32) -> f32 { return p.tau * log((p.theta + d) / d); }

// what decides a neuron's spikes: a step, a level's bits, or interval << 16 | number
fn pattern(value : f32, scale : f32) -> u32 {
  let last = f32(p.total - 1u);
  #if ${CODE == 0}
  return u32(round(last * (1.0 - value)));
  #elif ${CODE == 1}
  return u32(round(select(min(-log(p.floor + value * (1.0 - p.floor)), last), last, value == 0.0)));
  #elif ${CODE == 2}
  return u32(round(min(elapsed(max(value - p.theta, 1e-7)) * scale, 1e9)));
  #elif ${CODE == 3}
  return select(p.total - u32(ceil(value * f32(p.total))), silent, value == 0.0);
  #elif ${CODE == 4}
  let levels = f32(1u << p.bits);
  return u32(min(levels - 1.0, floor(value * levels)));
  #else
  let number = u32(ceil(p.most * value));
  let interval = u32(ceil(p.longest - (p.longest - p.shortest) * value));
  return (select(u32(p.longest), interval, number > 1u) << 16u) | number;
  #endif
}

fn fires(code : u32, t : u32) -> bool {
  #if ${CODE == 4}
  return code != silent && ((code >> (p.bits - 1u - t % p.bits)) & 1u) == 1u;
  #elif ${CODE == 5}
  let interval = code >> 16u;
  return code != silent && t % interval == 0u && t / interval < (code & 0xffffu);
  #else
  return code == t;
  #endif
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let sample = index / p.words;
  let word = index % p.words;
  let count = min(32u, p.neurons - word * 32u);
  let first = sample * p.neurons + word * 32u;
  var scale = 1.0;
  #if ${NORMALISE}
  let latest = elapsed(bitcast<f32>(least[0]));
  if (latest > 0.0) { scale = f32(p.total - 1u) / latest; }
  #else
  _ = &least;
  #endif
  var codes : array<u32, 40>;
  var wrong = 0u;
  for (var j = 0u; j < count; j++) {
    let value = x[first + j];
    let outside = outsideUnit(value);
    wrong += select(0u, 1u, outside);
    // abs: minus zero is zero
    codes[j] = silent;
    if (!outside && value >= p.cutoff) { codes[j] = pattern(abs(value), scale); }
  }
  for (var t = 0u; t < p.steps; t++) {
    var bits = 0u;
    for (var j = 0u; j < count; j++) { bits |= select(0u, 1u, fires(codes[j], p.firstStep + t)) << j; }
    spikes[(t * p.batch + sample) * p.words + word] = bits;
  }
  if (wrong > 0u && p.firstStep == 0u) { atomicAdd(&faults[0], wrong); }
}
