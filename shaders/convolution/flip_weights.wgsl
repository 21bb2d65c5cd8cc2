// convolution/flip_weights — flipped[ky, kx, o, i] = w[K-1-ky, K-1-kx, i, o]: the weights with which a convolution at
// stride 1 gives the gradient by its input
// in  0 w       f32 [K, K, CI, CO]
// out 1 flipped f32 [K, K, CO, CI]
// grid K*K*CI*CO
struct Parameters { invocations : u32, taps : u32, inputChannels : u32, outputChannels : u32 }
@group(0) @binding(0) var<storage, read> w : array<f32>;
@group(0) @binding(1) var<storage, read_write> flipped : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let i = index % p.inputChannels;
  let o = index / p.inputChannels % p.outputChannels;
  let tap = p.taps - 1u - index / (p.inputChannels * p.outputChannels);
  flipped[index] = w[(tap * p.inputChannels + i) * p.outputChannels + o];
}
