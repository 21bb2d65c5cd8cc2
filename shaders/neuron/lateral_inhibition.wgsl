// neuron/lateral_inhibition — w[n,p,c] = v[n,p,c] - strength * (m[n,p] - s[n,p,c]), m = 1 where any channel of the pixel spikes
// (sheet 12, section 3.6; sheet 14, section 3.9): those who lost a pixel lose membrane, the winners keep it.
// in  0 v f32 [images, P, C]   in 1 spikes u32 [images, wordsPerImage]   out 2 w f32 [images, P, C]
// grid images * P * C
struct Parameters { invocations : u32, pixels : u32, channels : u32, wordsPerImage : u32, strength : f32 }
@group(0) @binding(0) var<storage, read> v : array<f32>;
@group(0) @binding(1) var<storage, read> spikes : array<u32>;
@group(0) @binding(2) var<storage, read_write> w : array<f32>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/spike_words"
#include "lib/first_spike"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let pixel = index / p.channels % p.pixels;
  let image = index / (p.channels * p.pixels);
  let own = spikesAt(image, i32(pixel * p.channels + index % p.channels)) & 1u;
  let winner = select(1.0, 0.0, firstSpike(image, pixel) == p.channels);
  w[index] = v[index] - p.strength * (winner - f32(own));
}
