// neuron/backward — gradient of neuron/forward by backpropagation through time with a surrogate derivative.
// A dispatch goes back through one block of four steps. The states are computed again from the input and from what the
// neurons really emitted; what the snippet NEURON remembers of each step then leads back through it, the gradient of the
// states carried along (sheet 12, section 3.1). REPLAY only computes the states: those before the next block.
// in  0 x       f32 [steps or 1, inputs, B, N]
// in  1 emitted u32 [steps, B, words] spikes (SPIKES) or f32 [steps, B, N] output from which s is found (GRADED)
// in  2 dy      f32 [steps, B, N] gradient of the spikes or of the real-valued output (OUTPUT_GRADIENT, else 0)
// in  3 start   f32 [S, B, N] states before the block (LOAD_STATE)
// io  4 carry   f32 [S, B, N] gradient of the states after this block, then before it (LOAD_CARRY, STORE_CARRY); the states
//               after this block (REPLAY)
// io  5 dx      f32 as x (INPUT_GRADIENT); a constant input receives the sum over steps; ACCUMULATE adds
// in  6 weights f32 [K] (LEARNED) or [K, C] (PER_CHANNEL)
// out 7 sums    f32 [K, invocations] gradient of the weights (PARAMETER_GRADIENT); [K, B, N] if PER_CHANNEL
// grid B * N/4 (VEC) or B * N; TEAM: 8 * ceil(B*words / group), as in neuron/forward
// flags FULL: the block has four steps, else fewer; WORDS: N is a multiple of 32
//       the rest as in neuron/forward
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
  words : u32, group : u32, inputStep : u32, stepSize : u32, firstStep : u32, sequence : u32,
  channels : u32, begin : u32,
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

// what was emitted at a step, and what both passes take it for
#if ${SPIKES && VEC}
alias Emitted = u32;
fn signalOf(bits : u32) -> vec4f {
  return select(vec4f(0.0), vec4f(1.0), (vec4u(bits) & vec4u(1u, 2u, 4u, 8u)) != vec4u(0u));
}
#elif ${SPIKES}
alias Emitted = u32;
fn signalOf(bits : u32) -> f32 { return select(0.0, 1.0, (bits & 1u) != 0u); }
#else
alias Emitted = Element;
fn signalOf(value : Element) -> Element { return value; }
#endif
// what is remembered of a step
struct Memory { trace : Trace, emitted : Emitted }

@compute @workgroup_size(64)
fn main(
  #if ${TEAM}
  @builtin(subgroup_invocation_id) subgroupLane : u32,
  #endif
  @builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32
) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  #if ${LEARNED && !PER_CHANNEL}
  loadLearned(0u);
  #elif ${!LEARNED}
  _ = &weights;
  #endif

  #if ${TEAM}
  let lane = subgroupLane % 8u;
  let team = index / 8u;
  let end = min((team + 1u) * p.group, p.stepWords);
  // each team has a word; a test at the end spares a CPU a trip with all lanes switched off
  var word = team * p.group;
  loop {
    let place = word * 8u + lane;
  #else
  {
    let place = index;
    // the word with the neuron's spikes at step 0 and its place there; integer division costs a software adapter much
    #if ${VEC}
    let perSample = p.neurons / 4u;
    let neuron = index * 4u;
    #else
    let perSample = p.neurons;
    let neuron = index;
    #endif
    #if ${WORDS}
    let word = neuron / 32u;
    let bit = neuron % 32u;
    #else
    let sample = index / perSample;
    let inSample = neuron - sample * p.neurons;
    let word = sample * p.words + inSample / 32u;
    let bit = inSample % 32u;
    #endif
  #endif
    #if ${PER_CHANNEL && VEC}
    loadLearned(place * 4u % p.channels);
    #elif ${PER_CHANNEL}
    loadLearned(place % p.channels);
    #endif
    #if ${LOAD_STATE}
    var state = loadState(place, p.stepSize);
    #else
    var state = initialState();
    #endif

    #if ${TEAM && SPIKES}
    // each of the first lanes loads the word of one step
    var words = 0u;
    if (lane < p.steps) { words = emitted[(p.begin + lane) * p.stepWords + word]; }
    #endif
    var history : array<Memory, 4>;
    #if ${FULL}
    for (var k = 0u; k < 4u; k++) { {
    #else
    for (var k = 0u; k < 4u; k++) { if (k < p.steps) {
    #endif
      let t = p.begin + k;
      step = p.firstStep + t;
      let input = inputAt(t * p.inputStep + place);
      let before = state;
      let h = charge(&state, input);
      #if ${SPIKES && TEAM}
      let given = subgroupShuffle(words, subgroupLane - lane + k) >> (4u * lane);
      #elif ${SPIKES}
      let given = emitted[t * p.stepWords + word] >> bit;
      #elif ${SOFT}
      let given = emitted[t * p.stepSize + place];
      #elif ${GRADED}
      let given = gradeOf(emitted[t * p.stepSize + place]);
      #else
      let given = Element(0.0);
      #endif
      history[k] = Memory(remember(before, input, h), given);
      reset(&state, h, signalOf(given));
    } }
    #if ${REPLAY}
    storeCarry(state, place, p.stepSize);
    #else

    #if ${LOAD_CARRY}
    var back = loadCarry(place, p.stepSize);
    #else
    var back = State();
    #endif
    var total = Input();
    #if ${FULL}
    for (var n = 0u; n < 4u; n++) { let k = 3u - n; {
    #else
    for (var n = 0u; n < 4u; n++) { let k = 3u - n; if (k < p.steps) {
    #endif
      let t = p.begin + k;
      step = p.firstStep + t;
      #if ${OUTPUT_GRADIENT}
      let ds = dy[t * p.stepSize + place];
      #else
      let ds = Element(0.0);
      #endif
      let gx = backward(history[k].trace, signalOf(history[k].emitted), ds, &back);
      #if ${CONSTANT_INPUT}
      total += gx;
      #elif ${INPUT_GRADIENT}
      storeInputGradient(t * p.inputStep + place, gx);
      #endif
    } }
    #if ${INPUT_GRADIENT && CONSTANT_INPUT}
    storeInputGradient(place, total);
    #endif
    #if ${STORE_CARRY}
    storeCarry(back, place, p.stepSize);
    #endif
    #if ${PARAMETER_GRADIENT && PER_CHANNEL}
    storeGradient(place);
    gradient = Learned();
    #endif
    #endif
    #if ${TEAM}
    continuing {
      word++;
      break if word >= end;
    }
    #endif
  }
  #if ${PARAMETER_GRADIENT && !PER_CHANNEL && !REPLAY}
  storeGradient(index);
  #endif
  #if ${!GRADED && !SPIKES}
  _ = &emitted;
  #endif
  #if ${!LOAD_STATE}
  _ = &start;
  #endif
  #if ${!OUTPUT_GRADIENT || REPLAY}
  _ = &dy;
  #endif
  #if ${!INPUT_GRADIENT || REPLAY}
  _ = &dx;
  #endif
  #if ${!STORE_CARRY && !LOAD_CARRY && !REPLAY}
  _ = &carry;
  #endif
  #if ${!PARAMETER_GRADIENT || REPLAY}
  _ = &sums;
  #endif
}
