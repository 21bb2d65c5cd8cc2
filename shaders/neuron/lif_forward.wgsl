// neuron/lif_forward — a population of LIF neurons over all steps of a slab; spikes leave as bits.
// One invocation owns 32 neurons that lie side by side in one sample and walks through time, membranes in registers.
// in  0 x        f32 [steps or 1, B, N] current; constant input repeats its one step
// out 1 spikes   u32 [steps, B, words]; words = ceil(N/32), surplus bits are zero
// in  2 start    f32 [B, N] membrane before the first step (LOAD_STATE)
// out 3 finish   f32 [B, N] membrane after the last step (STORE_STATE)
// grid B * words
// flags VEC: N is a multiple of 32; DECAY_INPUT, STRICT, RESET; LOAD_STATE, STORE_STATE
struct Parameters {
  invocations : u32, steps : u32, batch : u32, neurons : u32,
  words : u32, inputStep : u32, group : u32, threshold : f32,
  decay : f32, resetPotential : f32,
}
#include "lib/element"
@group(0) @binding(0) var<storage, read> x : array<Element>;
@group(0) @binding(1) var<storage, read_write> spikes : array<u32>;
@group(0) @binding(2) var<storage, read> start : array<Element>;
@group(0) @binding(3) var<storage, read_write> finish : array<Element>;
@group(0) @binding(4) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/lif"

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
  let at = sample * perSample + first;

  #if ${!LOAD_STATE}
  _ = &start;
  #endif
  var v : array<Element, 40>;
  for (var j = 0u; j < count; j++) {
    #if ${LOAD_STATE}
    v[j] = start[at + j];
    #else
    v[j] = Element(p.resetPotential);
    #endif
  }
  for (var t = 0u; t < p.steps; t++) {
    var bits = 0u;
    for (var j = 0u; j < count; j++) {
      let h = charge(v[j], x[t * p.inputStep + at + j]);
      let fired = fires(h);
      v[j] = reset(h, fired);
      #if ${VEC}
      let four = select(vec4u(0u), vec4u(1u, 2u, 4u, 8u), fired);
      bits |= (four.x | four.y | four.z | four.w) << (j * 4u);
      #else
      bits |= select(0u, 1u, fired) << j;
      #endif
    }
    spikes[(t * p.batch + sample) * p.words + word] = bits;
  }
  #if ${STORE_STATE}
  for (var j = 0u; j < count; j++) { finish[at + j] = v[j]; }
  #else
  _ = &finish;
  #endif
}
