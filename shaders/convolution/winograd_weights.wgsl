// convolution/winograd_weights — weights of 3x3 windows for convolution/dense_forward_winograd: of a kernel row g0, g1, g2
//   u = (g0/4, -(g0+g1+g2)/6, -(g0-g1+g2)/6, (g0+2g1+4g2)/24, (g0-2g1+4g2)/24, g2)
// in  0 w f32 [3, 3, CI, CO]; FLIPPED [3, 3, CO, CI], both window and channels turned round: the gradient by the input
// out 1 u f32 [3, CI/4, 6, 4, CO]
// grid 3*CI*CO
// flags FLIPPED. CI is a multiple of 4.
struct Parameters { invocations : u32, inputChannels : u32, outputChannels : u32 }
@group(0) @binding(0) var<storage, read> w : array<f32>;
@group(0) @binding(1) var<storage, read_write> u : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let o = index % p.outputChannels;
  let i = index / p.outputChannels % p.inputChannels;
  let ky = index / (p.outputChannels * p.inputChannels);
  let pairs = p.inputChannels * p.outputChannels;
  #if ${FLIPPED}
  let at = (2u - ky) * 3u * pairs + o * p.inputChannels + i;
  let g0 = w[at + 2u * pairs];
  let g1 = w[at + pairs];
  let g2 = w[at];
  #else
  let at = ky * 3u * pairs + i * p.outputChannels + o;
  let g0 = w[at];
  let g1 = w[at + pairs];
  let g2 = w[at + 2u * pairs];
  #endif
  let first = ((ky * (p.inputChannels / 4u) + i / 4u) * 24u + i % 4u) * p.outputChannels + o;
  let step = 4u * p.outputChannels;
  let near = g0 + g2;
  let far = g0 + 4.0 * g2;
  u[first] = 0.25 * g0;
  u[first + step] = (near + g1) * (-1.0 / 6.0);
  u[first + 2u * step] = (near - g1) * (-1.0 / 6.0);
  u[first + 3u * step] = (far + 2.0 * g1) * (1.0 / 24.0);
  u[first + 4u * step] = (far - 2.0 * g1) * (1.0 / 24.0);
  u[first + 5u * step] = g2;
}
