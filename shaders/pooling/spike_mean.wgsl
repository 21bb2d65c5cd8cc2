// pooling/spike_mean — y[n, c] = number of spikes of channel c over all pixels / pixels (global average pooling of bits)
// in  0 spikes u32 [images, wordsPerImage]   out 1 y f32 [images, C]
// grid images * C
struct Parameters { invocations : u32, pixels : u32, channels : u32, wordsPerImage : u32, scale : f32 }
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read_write> y : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let image = index / p.channels;
  var count = 0u;
  for (var pixel = 0u; pixel < p.pixels; pixel++) {
    let bit = pixel * p.channels + index % p.channels;
    count += (spikes[image * p.wordsPerImage + bit / 32u] >> (bit & 31u)) & 1u;
  }
  y[index] = f32(count) * p.scale;
}
