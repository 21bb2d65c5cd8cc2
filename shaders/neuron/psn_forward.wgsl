// neuron/psn_forward — parallel spiking neuron (sheet 12, section 3.2): h[t] = b[t] + sum_s W[t, s] x[s], fires at h >= 0
// An invocation owns 32 neurons that lie side by side in one sample, all steps of one after the other.
// in  0 x       f32 [T, B, N]   in 1 weights f32 [T, T + 1], b in the last column
// out 2 spikes  u32 [T, B, words]; words = ceil(N/32), surplus bits are zero
// grid B * words
// flags VEC: N is a multiple of 4; STRICT fires above 0; T is at most 40
#include "lib/element"
struct Parameters { invocations : u32, steps : u32, batch : u32, words : u32, group : u32, perSample : u32 }
@group(0) @binding(0) var<storage, read> x : array<Element>;
@group(0) @binding(1) var<storage, read> weights : array<f32>;
@group(0) @binding(2) var<storage, read_write> spikes : array<u32>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let sample = index / p.words;
  let word = index % p.words;
  let first = word * p.group;
  let count = min(p.group, p.perSample - first);
  let plane = p.batch * p.perSample;
  var bits : array<u32, 40>;
  var input : array<Element, 40>;
  for (var j = 0u; j < count; j++) {
    let place = sample * p.perSample + first + j;
    for (var s = 0u; s < p.steps; s++) { input[s] = x[s * plane + place]; }
    for (var t = 0u; t < p.steps; t++) {
      let row = t * (p.steps + 1u);
      var h = Element(weights[row + p.steps]);
      for (var s = 0u; s < p.steps; s++) { h += weights[row + s] * input[s]; }
      #if ${STRICT}
      let fired = h > Element(0.0);
      #else
      let fired = h >= Element(0.0);
      #endif
      #if ${VEC}
      let lanes = select(vec4u(0u), vec4u(1u, 2u, 4u, 8u) << vec4u(j * 4u), fired);
      bits[t] |= (lanes.x | lanes.y) | (lanes.z | lanes.w);
      #else
      bits[t] |= select(0u, 1u << j, fired);
      #endif
    }
  }
  for (var t = 0u; t < p.steps; t++) { spikes[(t * p.batch + sample) * p.words + word] = bits[t]; }
}
