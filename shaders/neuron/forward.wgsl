// neuron/forward — a population of neurons over all steps of a slab: charge, fire, reset (sheet 12, section 3.1).
// The neuron is the snippet NEURON with the declarations made for it (`src/ops/neuron/declarations.ts`). An invocation
// owns 32 neurons that lie side by side in one sample and takes one after the other through time, states in registers.
// in  0 x        f32 [steps or 1, inputs, B, N] input; a constant one repeats its one step
// out 1 spikes   u32 [steps, B, words] (SPIKES); words = ceil(N/32), surplus bits are zero
// out 2 y        f32 [steps, B, N] real-valued output (REAL)
// in  3 start    f32 [S, B, N] states before the first step (LOAD_STATE)
// out 4 finish   f32 [S, B, N] states after the last step (STORE_STATE)
// in  5 weights  f32 [K] learned numbers (LEARNED), or [K, C] (PER_CHANNEL)
// grid B * words; TEAM: 8 * ceil(B*words / group)
// flags VEC: N is a multiple of 4, with PER_CHANNEL C too; BLOCKS: at most so many blocks of four steps, 1, 4 or 10; FULL: none has fewer
//       TEAM: eight neighbouring lanes own `group` words, for subgroups of at least 8 lanes and N a multiple of 32
//       GRADED: s is a real number, see neuron/backward; STRICT, SOFT, RESET, DETACH_RESET, LEARN_WIDTH: lib/spike, lib/reset
//       HALF_IN: x is f16 (lib/half)
#if ${TEAM}
enable subgroups;
// teams past the end take fewer trips, each as a whole
diagnostic(off, subgroup_uniformity);
#endif
#include "lib/element"
#include "lib/half"
#include "lib/half_source"
struct Parameters {
  invocations : u32, steps : u32, stepWords : u32, neurons : u32,
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

#if ${TEAM}
// nibble l of lane k becomes nibble k of lane l, for the eight lanes of a team
fn exchange(own : u32, lane : u32) -> u32 {
  var bits = own;
  for (var n = 0u; n < 3u; n++) {
    let distance = 4u >> n;
    let kept = array<u32, 3>(0x0000ffffu, 0x00ff00ffu, 0x0f0f0f0fu)[n];
    let other = subgroupShuffleXor(bits, distance);
    let upper = (bits & ~kept) | ((other & ~kept) >> (4u * distance));
    let lower = (bits & kept) | ((other & kept) << (4u * distance));
    bits = select(upper, lower, (lane & distance) == 0u);
  }
  return bits;
}

@compute @workgroup_size(64)
fn main(
  @builtin(subgroup_invocation_id) subgroupLane : u32,
  @builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32
) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let lane = subgroupLane % 8u;
  #if ${LEARNED && !PER_CHANNEL}
  loadLearned(0u);
  #endif
  let begin = index / 8u * p.group;
  let end = min(begin + p.group, p.stepWords);
  #if ${SPIKES && BLOCKS > 1}
  // words of the lane's steps, the last 8 of each; stored together they lie in one place
  var row : array<u32, ${4 * BLOCKS}>;
  #endif
  // each team has a word; a test at the end spares a CPU a trip with all lanes switched off
  var word = begin;
  loop {
    let place = word * 8u + lane;
    #if ${PER_CHANNEL}
    loadLearned(place * 4u % p.channels);
    #endif
    #if ${LOAD_STATE}
    var state = loadState(place, p.stepSize);
    #else
    var state = initialState();
    #endif
    #if ${BLOCKS == 1}
    var bits = 0u;
    #if ${FULL}
    for (var t = 0u; t < 4u; t++) { bits |= advance(&state, place, t, vec4u(1u, 2u, 4u, 8u) << vec4u(4u * t)); }
    #else
    for (var t = 0u; t < 4u; t++) {
      if (t < p.steps) { bits |= advance(&state, place, t, vec4u(1u, 2u, 4u, 8u) << vec4u(4u * t)); }
    }
    #endif
    #if ${SPIKES}
    let whole = exchange(bits, lane);
    if (lane < p.steps) { spikes[lane * p.stepWords + word] = whole; }
    #endif
    #else
    // eight steps' nibbles each
    var bits = array<u32, ${BLOCKS / 2}>();
    // a bound that is a constant spares the loop a guard against going on for ever
    for (var t = 0u; t < 40u; t++) {
      if (t >= p.steps) { break; }
      let nibble = advance(&state, place, t, vec4u(1u, 2u, 4u, 8u)) << (4u * (t % 8u));
      for (var b = 0u; b < ${BLOCKS / 2}u; b++) { bits[b] |= select(0u, nibble, t / 8u == b); }
    }
    #if ${SPIKES}
    for (var b = 0u; b < ${BLOCKS / 2}u; b++) {
      for (var j = 8u * b; j < 8u * b + 7u; j++) { row[j] = row[j + 1u]; }
      row[8u * b + 7u] = exchange(bits[b], lane);
    }
    #endif
    #endif
    #if ${STORE_STATE}
    storeState(state, place, p.stepSize);
    #endif
    continuing {
      word++;
      break if word >= end;
    }
  }
  #if ${SPIKES && BLOCKS > 1}
  for (var b = 0u; b < ${BLOCKS / 2}u; b++) {
    let t = 8u * b + lane;
    for (var j = 0u; j < 8u; j++) {
      // the row ends with the last word
      let word = end + j - 8u;
      if (t < p.steps && end + j >= begin + 8u) { spikes[t * p.stepWords + word] = row[8u * b + j]; }
    }
  }
  #endif
  #if ${!LEARNED}
  _ = &weights;
  #endif
  #if ${!LOAD_STATE}
  _ = &start;
  #endif
  #if ${!STORE_STATE}
  _ = &finish;
  #endif
  #if ${!REAL}
  _ = &y;
  #endif
  #if ${!SPIKES}
  _ = &spikes;
  #endif
}
#else
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

  #if ${BLOCKS == 1}
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
    #if ${BLOCKS == 1 && FULL}
    for (var t = 0u; t < 4u; t++) { bits[t] |= advance(&state, place, t, lanes); }
    #elif ${BLOCKS == 1}
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
  #if ${SPIKES && BLOCKS == 1}
  for (var t = 0u; t < 4u; t++) {
    if (t < p.steps) { spikes[t * p.stepWords + index] = bits[t]; }
  }
  #elif ${SPIKES}
  for (var t = 0u; t < p.steps; t++) { spikes[t * p.stepWords + index] = bits[t]; }
  #else
  _ = &spikes;
  #endif
}
#endif
