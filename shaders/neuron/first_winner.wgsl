// neuron/first_winner — winner of each pixel: of the channels that spike at the first step at which any does, the one of
// the largest strength, the first among equals; the number of channels where none has spiked (sheet 14, section 3.6)
// in  0 spikes u32 [steps, B, wordsPerImage]   in 1 strength f32 [steps or 1, B, P, C]   io 2 winners u32 [B, P]
// grid B * P
// flags LOAD: winners of the steps before stand in `winners`
struct Parameters {
  invocations : u32, steps : u32, batch : u32, pixels : u32,
  channels : u32, wordsPerImage : u32, strengthStep : u32,
}
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read> strength : array<f32>;
@group(0) @binding(2) var<storage, read_write> winners : array<u32>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/spike_words"
#include "lib/first_spike"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let sample = index / p.pixels;
  let pixel = index % p.pixels;
  #if ${LOAD}
  var winner = winners[index];
  #else
  var winner = p.channels;
  #endif
  for (var t = 0u; t < p.steps && winner == p.channels; t++) {
    let image = t * p.batch + sample;
    let row = t * p.strengthStep + index * p.channels;
    winner = firstSpike(image, pixel);
    if (winner == p.channels) { continue; }
    var most = strength[row + winner];
    for (var c = winner + 1u; c < p.channels; c++) {
      let own = strength[row + c];
      let fires = (spikesAt(image, i32(pixel * p.channels + c)) & 1u) == 1u;
      if (fires && own > most) {
        winner = c;
        most = own;
      }
    }
  }
  winners[index] = winner;
}
