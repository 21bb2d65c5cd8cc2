// synapse/real_forward — y[n,t,o] (+)= bias[o] + sum over taps k and i of w[k,i,o] * x[n, s(t,k), g(o)*I + i]
// One invocation owns 16 targets t and 4 output channels of one group g, so that each weight it loads serves 16 targets.
// For target row r = q*phasesY + phase, tap ky looks at source row q*stepY + (phase + originY + ky*tapStepY) / phasesY
// where that is a whole number inside the image; columns alike. A convolution: phases 1, step = stride, tapStep =
// dilation, origin = -padding. A transposed convolution, or the input gradient of a convolution (with transposed
// weights): phases = stride, step 1, tapStep = -dilation, origin = padding.
// The 16 targets are neighbours in [images, rows, columns] of one phase; if UNTIED, one pixel of 16 images.
// in  0 x       f32 [images, SH, SW, CS]
// in  1 weights f32 [kh*kw, I, CT]; UNTIED [pixels, kh*kw, I, CT]; I and O are the channels of one group
// in  2 bias    f32 [CT]; UNTIED [TH*TW, CT] (BIAS)
// out 3 y       f32 [images, TH, TW, CT]
// grid ceil(images*targets/16) * phasesY*phasesX * groups*ceil(O/4); UNTIED ceil(images/16) * TH*TW * groups*ceil(O/4)
// flags VEC: O is a multiple of 4; VEC_IN: I is a multiple of 4; BIAS; ACCUMULATE: adds to y;
//       UNTIED 0 one set of weights, 1 one a target pixel, 2 one a source pixel
struct Parameters {
  invocations : u32, images : u32, sourceHeight : u32, sourceWidth : u32,
  sourceChannels : u32, targetHeight : u32, targetWidth : u32, targetChannels : u32,
  kernelHeight : u32, kernelWidth : u32, groupInputs : u32, groupOutputs : u32,
  phasesY : u32, phasesX : u32, stepY : u32, stepX : u32,
  tapStepY : i32, tapStepX : i32, originY : i32, originX : i32,
  stripLength : u32,
}
#if ${VEC_IN}
@group(0) @binding(0) var<storage, read> x : array<vec4f>;
#else
@group(0) @binding(0) var<storage, read> x : array<f32>;
#endif
#if ${VEC}
@group(0) @binding(1) var<storage, read> weights : array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y : array<vec4f>;
#else
@group(0) @binding(1) var<storage, read> weights : array<f32>;
@group(0) @binding(3) var<storage, read_write> y : array<f32>;
#endif
@group(0) @binding(2) var<storage, read> bias : array<f32>;
@group(0) @binding(4) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/synapse_targets"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let place = findTargets(index);
  let start = biasOf(place);
  var sums : array<vec4f, 16>;
  for (var i = 0u; i < 16u; i++) { sums[i] = start; }
  var places : array<u32, 40>;
  #if ${VEC_IN}
  var a : array<vec4f, 40>;
  let inputs = p.groupInputs / 4u;
  let pixelStride = p.sourceChannels / 4u;
  #else
  var a : array<f32, 40>;
  let inputs = p.groupInputs;
  let pixelStride = p.sourceChannels;
  #endif
  for (var tap = 0u; tap < p.kernelHeight * p.kernelWidth; tap++) {
    let ky = tap / p.kernelWidth;
    let kx = tap % p.kernelWidth;
    let offsetY = tapOffset(place.phase.x, p.originY, ky, p.tapStepY, p.phasesY);
    let offsetX = tapOffset(place.phase.y, p.originX, kx, p.tapStepX, p.phasesX);
    if (min(offsetY, offsetX) == -65536) { continue; }
    #if ${UNTIED > 0}
    let source = place.corner + vec2i(offsetY, offsetX);
    if (any(source < vec2i(0)) || any(source >= vec2i(vec2u(p.sourceHeight, p.sourceWidth)))) { continue; }
    #else
    let source = vec2i(0);
    #endif
    let weightTap = tapRow(place, source, ky, kx);
    // places of this tap's sources, and a bit for each target whose source lies inside
    var inside = 0u;
    for (var i = 0u; i < p.stripLength; i++) {
      let row = rows[i] + offsetY;
      let column = columns[i] + offsetX;
      let lies = row >= 0 && row < i32(p.sourceHeight) && column >= 0 && column < i32(p.sourceWidth);
      let pixel = (images[i] * p.sourceHeight + u32(row)) * p.sourceWidth + u32(column);
      places[i] = select(0u, pixel * pixelStride + place.channelGroup * inputs, lies);
      inside |= select(0u, 1u << i, lies);
    }
    if (inside == 0u) { continue; }
    for (var k = 0u; k < inputs; k++) {
      for (var i = 0u; i < p.stripLength; i++) {
        let value = x[places[i] + k];
        #if ${VEC_IN}
        a[i] = select(vec4f(0.0), value, ((inside >> i) & 1u) != 0u);
        #else
        a[i] = select(0.0, value, ((inside >> i) & 1u) != 0u);
        #endif
      }
      #if ${VEC_IN}
      let first = (weightTap * inputs + k) * 4u;
      let w0 = weightsAt(first, place);
      let w1 = weightsAt(first + 1u, place);
      let w2 = weightsAt(first + 2u, place);
      let w3 = weightsAt(first + 3u, place);
      for (var i = 0u; i < 16u; i++) { sums[i] += a[i].x * w0 + a[i].y * w1 + a[i].z * w2 + a[i].w * w3; }
      #else
      let w = weightsAt(weightTap * inputs + k, place);
      for (var i = 0u; i < 16u; i++) { sums[i] += a[i] * w; }
      #endif
    }
  }
  var result : array<vec4f, 40>;
  for (var i = 0u; i < 16u; i++) { result[i] = sums[i]; }
  for (var i = 0u; i < p.stripLength; i++) { storeTarget(i, place, result[i]); }
}
