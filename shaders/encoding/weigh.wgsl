// encoding/weigh — spikes as amplitudes that depend on the step: 1 / (t + 1), or 2^-(1 + t mod K) (PHASE)
// in  0 spikes u32 [steps, B, words]   out 1 y f32 [steps, B, N]
// grid steps * B * N
// flags PHASE
struct Parameters { invocations : u32, batch : u32, neurons : u32, words : u32, firstStep : u32, bits : u32 }
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read_write> y : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let image = index / p.neurons;
  let n = index % p.neurons;
  let t = p.firstStep + image / p.batch;
  #if ${PHASE}
  let weight = bitcast<f32>((126u - t % p.bits) << 23u);
  #else
  let weight = 1.0 / f32(t + 1u);
  #endif
  let fired = (spikes[image * p.words + (n >> 5u)] >> (n & 31u)) & 1u;
  y[index] = select(0.0, weight, fired == 1u);
}
