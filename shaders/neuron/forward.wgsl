// neuron/forward — a population of neurons over all steps of a slab: charge, fire, reset (sheet 12, section 3.1).
// The neuron is the snippet NEURON with the declarations made for it (`src/ops/neuron/declarations.ts`). An invocation
// owns 32 neurons that lie side by side in one sample and takes one after the other through time, states in registers.
// in  0 x        f32 [steps or 1, inputs, B, N] input; a constant one repeats its one step
// out 1 spikes   u32 [steps, B, words] (SPIKES); words = ceil(N/32), surplus bits are zero
// out 2 y        f32 [steps, B, N] real-valued output (REAL)
// in  3 start    f32 [S, B, N] states before the first step (LOAD_STATE)
// out 4 finish   f32 [S, B, N] states after the last step (STORE_STATE)
// in  5 weights  f32 [K] learned numbers (LEARNED), or [K, C] (PER_CHANNEL)
// grid B * words
// flags VEC: N is a multiple of 4, with PER_CHANNEL C too; SHORT: at most 4 steps, else at most 40
//       GRADED: s is a real number, see neuron/backward; STRICT, SOFT, RESET, DETACH_RESET, LEARN_WIDTH: lib/spike, lib/reset
//       HALF_IN: x is f16 (lib/half)
#include "lib/element"
#include "lib/half"
#include "lib/half_source"
struct Parameters {
  invocations : u32, steps : u32, batch : u32, neurons : u32,
  words : u32, group : u32, inputStep : u32, stepSize : u32, firstStep : u32,
  sequence : u32, channels : u32,
  alpha : f32, alpha1 : f32, alpha2 : f32, alpha3 : f32,
  #include "${NEURON}.fields"
}
@group(0) @binding(0) var<storage, read> x : array<Source>;
@group(0) @binding(1) var<storage, read_write> spikes : array<u32>;
@group(0) @binding(2) var<storage, read_write> y : array<Element>;
@group(0) @binding(3) var<storage, read> start : array<Element>;
@group(0) @binding(4) var<storage, read_write> finish : array<Element>;
@group(0) @binding(5) var<storage, read> weights : array<f32>;
@group(0) @binding(6) var<uniform> p : Parameters;

// step of the whole sequence, for neurons whose numbers differ from step to step
var<private> step : u32;

#include "lib/grid"
#include "${NEURON}.forward"
#include "lib/spike"
#include "${NEURON}"

// one step of the neurons of a lane; returns those of `lanes` (one bit for each) that fire
#if ${VEC}
fn advance(state : ptr<function, State>, place : u32, t : u32, lanes : vec4u) -> u32 {
#else
fn advance(state : ptr<function, State>, place : u32, t : u32, lanes : u32) -> u32 {
#endif
  step = p.firstStep + t;
  let h = charge(state, inputAt(t * p.inputStep + place));
  #if ${GRADED && !SOFT}
  let s = grade(excess(*state, h));
  #elif ${SPIKES || GRADED}
  let s = fire(excess(*state, h));
  #else
  let s = Element(0.0);
  #endif
  #if ${SOFT}
  y[t * p.stepSize + place] = s;
  #elif ${REAL}
  y[t * p.stepSize + place] = output(h, s);
  #endif
  reset(state, h, s);
  #if ${SPIKES && VEC}
  let bits = select(vec4u(0u), lanes, s > Element(0.0));
  return (bits.x | bits.y) | (bits.z | bits.w);
  #elif ${SPIKES}
  return select(0u, lanes, s > 0.0);
  #else
  return 0u;
  #endif
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let sample = index / p.words;
  let word = index % p.words;
  // p.group elements make up a word: 8 vec4 or 32 scalars, fewer at the end of a sample
  #if ${VEC}
  let perSample = p.neurons / 4u;
  #else
  let perSample = p.neurons;
  #endif
  let first = word * p.group;
  let count = min(p.group, perSample - first);
  #if ${LEARNED && !PER_CHANNEL}
  loadLearned(0u);
  #endif
  #if ${!LEARNED}
  _ = &weights;
  #endif

  #if ${SHORT}
  var bits : array<u32, 4>;
  #else
  var bits : array<u32, 40>;
  #endif
  for (var j = 0u; j < count; j++) {
    let place = sample * perSample + first + j;
    #if ${VEC}
    let lanes = vec4u(1u, 2u, 4u, 8u) << vec4u(j * 4u);
    #else
    let lanes = 1u << j;
    #endif
    #if ${PER_CHANNEL && VEC}
    loadLearned((first + j) * 4u % p.channels);
    #elif ${PER_CHANNEL}
    loadLearned((first + j) % p.channels);
    #endif
    #if ${LOAD_STATE}
    var state = loadState(place, p.stepSize);
    #else
    var state = initialState();
    #endif
    #if ${SHORT}
    for (var t = 0u; t < 4u; t++) {
      if (t < p.steps) { bits[t] |= advance(&state, place, t, lanes); }
    }
    #else
    for (var t = 0u; t < p.steps; t++) { bits[t] |= advance(&state, place, t, lanes); }
    #endif
    #if ${STORE_STATE}
    storeState(state, place, p.stepSize);
    #endif
  }
  #if ${!LOAD_STATE}
  _ = &start;
  #endif
  #if ${!STORE_STATE}
  _ = &finish;
  #endif
  #if ${!REAL}
  _ = &y;
  #endif
  #if ${SPIKES && SHORT}
  for (var t = 0u; t < 4u; t++) {
    if (t < p.steps) { spikes[(t * p.batch + sample) * p.words + word] = bits[t]; }
  }
  #elif ${SPIKES}
  for (var t = 0u; t < p.steps; t++) { spikes[(t * p.batch + sample) * p.words + word] = bits[t]; }
  #else
  _ = &spikes;
  #endif
}
