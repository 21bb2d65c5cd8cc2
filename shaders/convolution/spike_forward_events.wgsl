// convolution/spike_forward_events — convolution/spike_forward for spikes that are rare: work follows those that happened
// An invocation owns 16 output pixels of one image and 4 output channels, or 8 (PAIR). It walks through the spikes of four
// pixels at a time, bit by bit; words in which all four are silent cost nothing.
// Every output adds its taps in the order of convolution/spike_forward, so both give the same bits.
// in  0 spikes  u32 [images, wordsPerImage]          bit n of an image is the flat [H, W, CI] index
// in  1 weights f32 [kernelHeight, kernelWidth, CI, CO]
// out 2 y       f32 [images, OH, OW, outputStride]   channels outputOffset .. outputOffset+CO-1
// out 3 moments f32 [images*strips, 2, momentStride] mean and sum of squared deviations of the strip's pixels (MOMENTS)
// grid images * strips * lanes; strips = ceil(OH*OW/16), lanes = ceil(CO/4), with PAIR CO/8
// flags VEC: CO, outputStride and outputOffset are multiples of 4; PAIR, only with VEC: CO is a multiple of 8; MOMENTS: write binding 3;
//       HALF_OUT, with VEC: y is f16 (lib/half), moments are of the numbers before rounding
struct Parameters {
  invocations : u32, inputHeight : u32, inputWidth : u32, inputChannels : u32,
  outputHeight : u32, outputWidth : u32, outputChannels : u32, kernelHeight : u32,
  kernelWidth : u32, stride : u32, crop : u32, padding : u32,
  wordsPerImage : u32, outputStride : u32, outputOffset : u32, strips : u32,
  momentStride : u32, firstImage : u32, stripLength : u32, runWords : u32, one : u32,
}
#include "lib/element"
#include "lib/half"
#include "lib/half_target"
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read> weights : array<Element>;
@group(0) @binding(2) var<storage, read_write> y : array<Target>;
@group(0) @binding(3) var<storage, read_write> moments : array<Element>;
@group(0) @binding(4) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/spike_words"
#include "lib/channel_quad"
#include "lib/strip_moments"
#include "lib/spike_walk"

const share = 16u;
fn fourWindows(own : ptr<function, array<u32, 40>>, group : u32, firstLane : u32) -> vec4u {
  return vec4u((*own)[4u * group], (*own)[4u * group + 1u], (*own)[4u * group + 2u], (*own)[4u * group + 3u]);
}
#include "lib/event_strip"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  eventStrip(index, 0u, 0u, true);
}
