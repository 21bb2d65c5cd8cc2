// neuron/keep_winners — y[n, p, c] = s[n, p, c] where c is the pixel's winner of that sample, else 0
// in  0 spikes u32 [steps*B, words]   in 1 winners u32 [B, P]   out 2 y u32 [steps*B, words]
// grid steps*B * words
struct Parameters { invocations : u32, batch : u32, pixels : u32, channels : u32, words : u32 }
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read> winners : array<u32>;
@group(0) @binding(2) var<storage, read_write> y : array<u32>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let sample = index / p.words % p.batch;
  let first = index % p.words * 32u;
  var kept = 0u;
  for (var rest = spikes[index]; rest != 0u; rest &= rest - 1u) {
    let bit = firstTrailingBit(rest);
    let neuron = first + bit;
    if (winners[sample * p.pixels + neuron / p.channels] == neuron % p.channels) { kept |= 1u << bit; }
  }
  y[index] = kept;
}
