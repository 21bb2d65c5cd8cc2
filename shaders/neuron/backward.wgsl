// neuron/backward — gradient of neuron/forward by backpropagation through time with a surrogate derivative.
// The states are computed again from the input and from what the neurons really emitted; what the snippet NEURON
// remembers of each step then leads back through it, the gradient of the states carried along (sheet 12, section 3.1).
// in  0 x       f32 [steps or 1, inputs, B, N]
// in  1 emitted u32 [steps, B, words] spikes (SPIKES) or f32 [steps, B, N] output from which s is found (GRADED)
// in  2 dy      f32 [steps, B, N] gradient of the spikes or of the real-valued output (OUTPUT_GRADIENT, else 0)
// in  3 start   f32 [S, B, N] states before the first step (LOAD_STATE)
// io  4 carry   f32 [S, B, N] gradient of the states after this slab, then before it (LOAD_CARRY, STORE_CARRY)
// io  5 dx      f32 as x (INPUT_GRADIENT); a constant input receives the sum over steps; ACCUMULATE adds
// in  6 weights f32 [K] (LEARNED) or [K, C] (PER_CHANNEL)
// out 7 sums    f32 [K, invocations] gradient of the weights (PARAMETER_GRADIENT); [K, B, N] if PER_CHANNEL
// grid B * N/4 (VEC) or B * N
// flags SHORT: at most 4 steps, else at most 40; FOUR: 4 steps, with SHORT; WORDS: N is a multiple of 32
//       the rest as in neuron/forward
#include "lib/element"
#include "lib/half"
#include "lib/half_source"
struct Parameters {
  invocations : u32, steps : u32, batch : u32, neurons : u32,
  words : u32, inputStep : u32, stepSize : u32, firstStep : u32, sequence : u32,
  channels : u32,
  alpha : f32, alpha1 : f32, alpha2 : f32, alpha3 : f32,
  #include "${NEURON}.fields"
}
@group(0) @binding(0) var<storage, read> x : array<Source>;
#if ${GRADED}
@group(0) @binding(1) var<storage, read> emitted : array<Element>;
#else
@group(0) @binding(1) var<storage, read> emitted : array<u32>;
#endif
@group(0) @binding(2) var<storage, read> dy : array<Element>;
@group(0) @binding(3) var<storage, read> start : array<Element>;
@group(0) @binding(4) var<storage, read_write> carry : array<Element>;
@group(0) @binding(5) var<storage, read_write> dx : array<Element>;
@group(0) @binding(6) var<storage, read> weights : array<f32>;
#if ${PER_CHANNEL}
@group(0) @binding(7) var<storage, read_write> sums : array<Element>;
#else
@group(0) @binding(7) var<storage, read_write> sums : array<f32>;
#endif
@group(0) @binding(8) var<uniform> p : Parameters;

var<private> step : u32;

#include "lib/grid"
#include "${NEURON}.backward"
#include "lib/spike"
#include "${NEURON}"

fn spikesOf(bits : u32) -> Element {
  #if ${VEC}
  return select(vec4f(0.0), vec4f(1.0), (vec4u(bits) & vec4u(1u, 2u, 4u, 8u)) != vec4u(0u));
  #else
  return select(0.0, 1.0, (bits & 1u) != 0u);
  #endif
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  #if ${VEC}
  let perSample = p.neurons / 4u;
  let neuron = index * 4u;
  #else
  let perSample = p.neurons;
  let neuron = index;
  #endif
  // the word with the neuron's spikes at step 0 and its place there; integer division costs a software adapter much
  #if ${WORDS}
  let word = neuron / 32u;
  let bit = neuron % 32u;
  #else
  let sample = index / perSample;
  let inSample = neuron - sample * p.neurons;
  let word = sample * p.words + inSample / 32u;
  let bit = inSample % 32u;
  #endif
  #if ${PER_CHANNEL}
  loadLearned(neuron % p.channels);
  #elif ${LEARNED}
  loadLearned(0u);
  #else
  _ = &weights;
  #endif
  #if ${LOAD_STATE}
  var state = loadState(index, p.stepSize);
  #else
  var state = initialState();
  _ = &start;
  #endif

  #if ${SHORT}
  var history : array<Trace, 4>;
  var fired : array<u32, 4>;
  var signals : array<Element, 4>;
  #else
  var history : array<Trace, 40>;
  var fired : array<u32, 40>;
  var signals : array<Element, 40>;
  #endif
  #if ${FOUR}
  for (var t = 0u; t < 4u; t++) { {
  #elif ${SHORT}
  for (var t = 0u; t < 4u; t++) { if (t < p.steps) {
  #else
  for (var t = 0u; t < p.steps; t++) { {
  #endif
    step = p.firstStep + t;
    let input = inputAt(t * p.inputStep + index);
    let before = state;
    let h = charge(&state, input);
    history[t] = remember(before, input, h);
    #if ${SPIKES}
    fired[t] = emitted[t * p.batch * p.words + word] >> bit;
    let s = spikesOf(fired[t]);
    #elif ${SOFT}
    let s = emitted[t * p.stepSize + index];
    signals[t] = s;
    #elif ${GRADED}
    let s = gradeOf(emitted[t * p.stepSize + index]);
    signals[t] = s;
    #else
    let s = Element(0.0);
    #endif
    reset(&state, h, s);
  } }
  #if ${!GRADED && !SPIKES}
  _ = &emitted;
  #endif

  #if ${LOAD_CARRY}
  var back = loadCarry(index, p.stepSize);
  #else
  var back = State();
  #endif
  var total = Input();
  #if ${FOUR}
  for (var k = 0u; k < 4u; k++) { let t = 3u - k; {
  #elif ${SHORT}
  for (var k = 0u; k < 4u; k++) { let t = 3u - k; if (t < p.steps) {
  #else
  for (var k = 0u; k < p.steps; k++) { let t = p.steps - 1u - k; {
  #endif
    step = p.firstStep + t;
    #if ${SPIKES}
    let s = spikesOf(fired[t]);
    #elif ${GRADED}
    let s = signals[t];
    #else
    let s = Element(0.0);
    #endif
    #if ${OUTPUT_GRADIENT}
    let ds = dy[t * p.stepSize + index];
    #else
    let ds = Element(0.0);
    #endif
    let gx = backward(history[t], s, ds, &back);
    #if ${CONSTANT_INPUT}
    total += gx;
    #elif ${INPUT_GRADIENT}
    storeInputGradient(t * p.inputStep + index, gx);
    #endif
  } }
  #if ${!OUTPUT_GRADIENT}
  _ = &dy;
  #endif
  #if ${INPUT_GRADIENT && CONSTANT_INPUT}
  storeInputGradient(index, total);
  #elif ${!INPUT_GRADIENT}
  _ = &dx;
  #endif
  #if ${STORE_CARRY}
  storeCarry(back, index, p.stepSize);
  #elif ${!LOAD_CARRY}
  _ = &carry;
  #endif
  #if ${PARAMETER_GRADIENT}
  storeGradient(index);
  #else
  _ = &sums;
  #endif
}
