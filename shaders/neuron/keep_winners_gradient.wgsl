// neuron/keep_winners_gradient — ds[n, p, c] (+)= dy[n, p, c] where c is the pixel's winner of that sample
// in  0 dy f32 [steps*B, P, C]   in 1 winners u32 [B, P]   out 2 ds f32 [steps*B, P, C]
// grid steps*B * P * C
// flags ACCUMULATE: adds to ds, else the others become 0
struct Parameters { invocations : u32, batch : u32, pixels : u32, channels : u32 }
@group(0) @binding(0) var<storage, read> dy : array<f32>;
@group(0) @binding(1) var<storage, read> winners : array<u32>;
@group(0) @binding(2) var<storage, read_write> ds : array<f32>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let place = index / p.channels % (p.batch * p.pixels);
  let value = select(0.0, dy[index], winners[place] == index % p.channels);
  #if ${ACCUMULATE}
  ds[index] += value;
  #else
  ds[index] = value;
  #endif
}
