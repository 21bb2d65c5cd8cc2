// neuron/lateral_inhibition_gradient — ds[n,p,c] (+)= strength * dw[n,p,c] - [c is the pixel's first spike, or channel 0 if none] * strength * sum over channels of dw
// The largest of the spikes passes its gradient to the first of them, as in max pooling; the membrane's gradient is dw itself.
// in  0 dw f32 [images, P, C]   in 1 spikes u32 [images, wordsPerImage]   out 2 ds f32 [images, P, C]
// grid images * P * C
// flags ACCUMULATE: adds to ds
struct Parameters { invocations : u32, pixels : u32, channels : u32, wordsPerImage : u32, strength : f32 }
@group(0) @binding(0) var<storage, read> dw : array<f32>;
@group(0) @binding(1) var<storage, read> spikes : array<u32>;
@group(0) @binding(2) var<storage, read_write> ds : array<f32>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/spike_words"
#include "lib/first_spike"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let channel = index % p.channels;
  let first = firstSpike(index / (p.channels * p.pixels), index / p.channels % p.pixels);
  var total = 0.0;
  if (channel == select(first, 0u, first == p.channels)) {
    for (var c = 0u; c < p.channels; c++) { total += dw[index - channel + c]; }
  }
  let value = p.strength * (dw[index] - total);
  #if ${ACCUMULATE}
  ds[index] += value;
  #else
  ds[index] = value;
  #endif
}
