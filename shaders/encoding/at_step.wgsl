// encoding/at_step — a spike of each neuron at its step; WAVE: at its step and all that follow
// in  0 steps u32 [B, N]   out 1 spikes u32 [T, B, words]
// grid B * words
// flags WAVE
struct Parameters { invocations : u32, steps : u32, batch : u32, neurons : u32, words : u32, firstStep : u32 }
@group(0) @binding(0) var<storage, read> steps : array<u32>;
@group(0) @binding(1) var<storage, read_write> spikes : array<u32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let sample = index / p.words;
  let word = index % p.words;
  let count = min(32u, p.neurons - word * 32u);
  let first = sample * p.neurons + word * 32u;
  var due : array<u32, 40>;
  for (var j = 0u; j < count; j++) { due[j] = steps[first + j]; }
  for (var t = 0u; t < p.steps; t++) {
    var bits = 0u;
    for (var j = 0u; j < count; j++) {
      #if ${WAVE}
      let fires = due[j] <= p.firstStep + t;
      #else
      let fires = due[j] == p.firstStep + t;
      #endif
      bits |= select(0u, 1u, fires) << j;
    }
    spikes[(t * p.batch + sample) * p.words + word] = bits;
  }
}
