// convolution/input_gradient_rows — convolution/input_gradient for stride 1 and image widths that are multiples of 16.
// One invocation owns 16 pixels of one row and 4 input channels; in each kernel row the 16 + KERNEL - 1 output gradients
// that these pixels touch are loaded once and used for all taps.
// in  0 dy      f32 [images, OH, OW, outputStride], channels outputOffset .. outputOffset+CO-1
// in  1 weights f32 [KERNEL, KERNEL, CI, CO]
// out 2 dx      f32 [images, H, W, CI]; ACCUMULATE adds to what is there
// grid images * H * W/16 * CI/4
// flags KERNEL: 1, 3 or 5; ACCUMULATE. All channel counts and offsets are multiples of 4, no crop.
struct Parameters {
  invocations : u32, inputHeight : u32, inputWidth : u32, inputChannels : u32,
  outputHeight : u32, outputWidth : u32, outputChannels : u32, kernelHeight : u32,
  kernelWidth : u32, stride : u32, crop : u32, padding : u32,
  outputStride : u32, outputOffset : u32, strips : u32, stripLength : u32,
  weightRows : u32,
}
@group(0) @binding(0) var<storage, read> dy : array<vec4f>;
@group(0) @binding(1) var<storage, read> weights : array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx : array<vec4f>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let quads = p.inputChannels / 4u;
  let quad = index % quads;
  let strip = (index / quads) % p.strips;
  let image = index / (quads * p.strips);
  let stripsPerRow = p.inputWidth / p.stripLength;
  let row = i32(strip / stripsPerRow);
  let column = i32((strip % stripsPerRow) * p.stripLength);
  let channels = p.outputChannels / 4u;
  let rowStride = p.outputStride / 4u;
  let offset = p.outputOffset / 4u;
  var c0 = vec4f(0.0);
  var c1 = vec4f(0.0);
  var c2 = vec4f(0.0);
  var c3 = vec4f(0.0);
  var c4 = vec4f(0.0);
  var c5 = vec4f(0.0);
  var c6 = vec4f(0.0);
  var c7 = vec4f(0.0);
  var c8 = vec4f(0.0);
  var c9 = vec4f(0.0);
  var c10 = vec4f(0.0);
  var c11 = vec4f(0.0);
  var c12 = vec4f(0.0);
  var c13 = vec4f(0.0);
  var c14 = vec4f(0.0);
  var c15 = vec4f(0.0);
  var a : array<vec4f, 40>;
  var w : array<vec4f, 40>;
  for (var ky = 0u; ky < p.kernelHeight; ky++) {
    let y = row + i32(p.padding) - i32(ky);
    if (y < 0 || y >= i32(p.outputHeight)) { continue; }
    for (var k = 0u; k < channels; k++) {
      // a[j] is the gradient at output column column + padding - (KERNEL - 1) + j; tap kx of pixel i reads j = i + KERNEL - 1 - kx
      for (var j = 0u; j < p.stripLength + p.kernelWidth - 1u; j++) {
        let x = column + i32(p.padding) - i32(p.kernelWidth) + 1 + i32(j);
        let inside = x >= 0 && x < i32(p.outputWidth);
        let value = dy[select(0u, u32((i32(image * p.outputHeight) + y) * i32(p.outputWidth) + x) * rowStride + offset + k, inside)];
        a[j] = select(vec4f(0.0), value, inside);
      }
      for (var j = 0u; j < 4u * p.kernelWidth; j++) {
        w[j] = weights[((ky * p.kernelWidth + j / 4u) * p.inputChannels + quad * 4u + j % 4u) * channels + k];
      }
#if ${KERNEL == 1}
      c0 += vec4f(dot(a[0], w[0]), dot(a[0], w[1]), dot(a[0], w[2]), dot(a[0], w[3]));
      c1 += vec4f(dot(a[1], w[0]), dot(a[1], w[1]), dot(a[1], w[2]), dot(a[1], w[3]));
      c2 += vec4f(dot(a[2], w[0]), dot(a[2], w[1]), dot(a[2], w[2]), dot(a[2], w[3]));
      c3 += vec4f(dot(a[3], w[0]), dot(a[3], w[1]), dot(a[3], w[2]), dot(a[3], w[3]));
      c4 += vec4f(dot(a[4], w[0]), dot(a[4], w[1]), dot(a[4], w[2]), dot(a[4], w[3]));
      c5 += vec4f(dot(a[5], w[0]), dot(a[5], w[1]), dot(a[5], w[2]), dot(a[5], w[3]));
      c6 += vec4f(dot(a[6], w[0]), dot(a[6], w[1]), dot(a[6], w[2]), dot(a[6], w[3]));
      c7 += vec4f(dot(a[7], w[0]), dot(a[7], w[1]), dot(a[7], w[2]), dot(a[7], w[3]));
      c8 += vec4f(dot(a[8], w[0]), dot(a[8], w[1]), dot(a[8], w[2]), dot(a[8], w[3]));
      c9 += vec4f(dot(a[9], w[0]), dot(a[9], w[1]), dot(a[9], w[2]), dot(a[9], w[3]));
      c10 += vec4f(dot(a[10], w[0]), dot(a[10], w[1]), dot(a[10], w[2]), dot(a[10], w[3]));
      c11 += vec4f(dot(a[11], w[0]), dot(a[11], w[1]), dot(a[11], w[2]), dot(a[11], w[3]));
      c12 += vec4f(dot(a[12], w[0]), dot(a[12], w[1]), dot(a[12], w[2]), dot(a[12], w[3]));
      c13 += vec4f(dot(a[13], w[0]), dot(a[13], w[1]), dot(a[13], w[2]), dot(a[13], w[3]));
      c14 += vec4f(dot(a[14], w[0]), dot(a[14], w[1]), dot(a[14], w[2]), dot(a[14], w[3]));
      c15 += vec4f(dot(a[15], w[0]), dot(a[15], w[1]), dot(a[15], w[2]), dot(a[15], w[3]));
#elif ${KERNEL == 3}
      c0 += vec4f(dot(a[2], w[0]), dot(a[2], w[1]), dot(a[2], w[2]), dot(a[2], w[3]));
      c1 += vec4f(dot(a[3], w[0]), dot(a[3], w[1]), dot(a[3], w[2]), dot(a[3], w[3]));
      c2 += vec4f(dot(a[4], w[0]), dot(a[4], w[1]), dot(a[4], w[2]), dot(a[4], w[3]));
      c3 += vec4f(dot(a[5], w[0]), dot(a[5], w[1]), dot(a[5], w[2]), dot(a[5], w[3]));
      c4 += vec4f(dot(a[6], w[0]), dot(a[6], w[1]), dot(a[6], w[2]), dot(a[6], w[3]));
      c5 += vec4f(dot(a[7], w[0]), dot(a[7], w[1]), dot(a[7], w[2]), dot(a[7], w[3]));
      c6 += vec4f(dot(a[8], w[0]), dot(a[8], w[1]), dot(a[8], w[2]), dot(a[8], w[3]));
      c7 += vec4f(dot(a[9], w[0]), dot(a[9], w[1]), dot(a[9], w[2]), dot(a[9], w[3]));
      c8 += vec4f(dot(a[10], w[0]), dot(a[10], w[1]), dot(a[10], w[2]), dot(a[10], w[3]));
      c9 += vec4f(dot(a[11], w[0]), dot(a[11], w[1]), dot(a[11], w[2]), dot(a[11], w[3]));
      c10 += vec4f(dot(a[12], w[0]), dot(a[12], w[1]), dot(a[12], w[2]), dot(a[12], w[3]));
      c11 += vec4f(dot(a[13], w[0]), dot(a[13], w[1]), dot(a[13], w[2]), dot(a[13], w[3]));
      c12 += vec4f(dot(a[14], w[0]), dot(a[14], w[1]), dot(a[14], w[2]), dot(a[14], w[3]));
      c13 += vec4f(dot(a[15], w[0]), dot(a[15], w[1]), dot(a[15], w[2]), dot(a[15], w[3]));
      c14 += vec4f(dot(a[16], w[0]), dot(a[16], w[1]), dot(a[16], w[2]), dot(a[16], w[3]));
      c15 += vec4f(dot(a[17], w[0]), dot(a[17], w[1]), dot(a[17], w[2]), dot(a[17], w[3]));
      c0 += vec4f(dot(a[1], w[4]), dot(a[1], w[5]), dot(a[1], w[6]), dot(a[1], w[7]));
      c1 += vec4f(dot(a[2], w[4]), dot(a[2], w[5]), dot(a[2], w[6]), dot(a[2], w[7]));
      c2 += vec4f(dot(a[3], w[4]), dot(a[3], w[5]), dot(a[3], w[6]), dot(a[3], w[7]));
      c3 += vec4f(dot(a[4], w[4]), dot(a[4], w[5]), dot(a[4], w[6]), dot(a[4], w[7]));
      c4 += vec4f(dot(a[5], w[4]), dot(a[5], w[5]), dot(a[5], w[6]), dot(a[5], w[7]));
      c5 += vec4f(dot(a[6], w[4]), dot(a[6], w[5]), dot(a[6], w[6]), dot(a[6], w[7]));
      c6 += vec4f(dot(a[7], w[4]), dot(a[7], w[5]), dot(a[7], w[6]), dot(a[7], w[7]));
      c7 += vec4f(dot(a[8], w[4]), dot(a[8], w[5]), dot(a[8], w[6]), dot(a[8], w[7]));
      c8 += vec4f(dot(a[9], w[4]), dot(a[9], w[5]), dot(a[9], w[6]), dot(a[9], w[7]));
      c9 += vec4f(dot(a[10], w[4]), dot(a[10], w[5]), dot(a[10], w[6]), dot(a[10], w[7]));
      c10 += vec4f(dot(a[11], w[4]), dot(a[11], w[5]), dot(a[11], w[6]), dot(a[11], w[7]));
      c11 += vec4f(dot(a[12], w[4]), dot(a[12], w[5]), dot(a[12], w[6]), dot(a[12], w[7]));
      c12 += vec4f(dot(a[13], w[4]), dot(a[13], w[5]), dot(a[13], w[6]), dot(a[13], w[7]));
      c13 += vec4f(dot(a[14], w[4]), dot(a[14], w[5]), dot(a[14], w[6]), dot(a[14], w[7]));
      c14 += vec4f(dot(a[15], w[4]), dot(a[15], w[5]), dot(a[15], w[6]), dot(a[15], w[7]));
      c15 += vec4f(dot(a[16], w[4]), dot(a[16], w[5]), dot(a[16], w[6]), dot(a[16], w[7]));
      c0 += vec4f(dot(a[0], w[8]), dot(a[0], w[9]), dot(a[0], w[10]), dot(a[0], w[11]));
      c1 += vec4f(dot(a[1], w[8]), dot(a[1], w[9]), dot(a[1], w[10]), dot(a[1], w[11]));
      c2 += vec4f(dot(a[2], w[8]), dot(a[2], w[9]), dot(a[2], w[10]), dot(a[2], w[11]));
      c3 += vec4f(dot(a[3], w[8]), dot(a[3], w[9]), dot(a[3], w[10]), dot(a[3], w[11]));
      c4 += vec4f(dot(a[4], w[8]), dot(a[4], w[9]), dot(a[4], w[10]), dot(a[4], w[11]));
      c5 += vec4f(dot(a[5], w[8]), dot(a[5], w[9]), dot(a[5], w[10]), dot(a[5], w[11]));
      c6 += vec4f(dot(a[6], w[8]), dot(a[6], w[9]), dot(a[6], w[10]), dot(a[6], w[11]));
      c7 += vec4f(dot(a[7], w[8]), dot(a[7], w[9]), dot(a[7], w[10]), dot(a[7], w[11]));
      c8 += vec4f(dot(a[8], w[8]), dot(a[8], w[9]), dot(a[8], w[10]), dot(a[8], w[11]));
      c9 += vec4f(dot(a[9], w[8]), dot(a[9], w[9]), dot(a[9], w[10]), dot(a[9], w[11]));
      c10 += vec4f(dot(a[10], w[8]), dot(a[10], w[9]), dot(a[10], w[10]), dot(a[10], w[11]));
      c11 += vec4f(dot(a[11], w[8]), dot(a[11], w[9]), dot(a[11], w[10]), dot(a[11], w[11]));
      c12 += vec4f(dot(a[12], w[8]), dot(a[12], w[9]), dot(a[12], w[10]), dot(a[12], w[11]));
      c13 += vec4f(dot(a[13], w[8]), dot(a[13], w[9]), dot(a[13], w[10]), dot(a[13], w[11]));
      c14 += vec4f(dot(a[14], w[8]), dot(a[14], w[9]), dot(a[14], w[10]), dot(a[14], w[11]));
      c15 += vec4f(dot(a[15], w[8]), dot(a[15], w[9]), dot(a[15], w[10]), dot(a[15], w[11]));
#elif ${KERNEL == 5}
      c0 += vec4f(dot(a[4], w[0]), dot(a[4], w[1]), dot(a[4], w[2]), dot(a[4], w[3]));
      c1 += vec4f(dot(a[5], w[0]), dot(a[5], w[1]), dot(a[5], w[2]), dot(a[5], w[3]));
      c2 += vec4f(dot(a[6], w[0]), dot(a[6], w[1]), dot(a[6], w[2]), dot(a[6], w[3]));
      c3 += vec4f(dot(a[7], w[0]), dot(a[7], w[1]), dot(a[7], w[2]), dot(a[7], w[3]));
      c4 += vec4f(dot(a[8], w[0]), dot(a[8], w[1]), dot(a[8], w[2]), dot(a[8], w[3]));
      c5 += vec4f(dot(a[9], w[0]), dot(a[9], w[1]), dot(a[9], w[2]), dot(a[9], w[3]));
      c6 += vec4f(dot(a[10], w[0]), dot(a[10], w[1]), dot(a[10], w[2]), dot(a[10], w[3]));
      c7 += vec4f(dot(a[11], w[0]), dot(a[11], w[1]), dot(a[11], w[2]), dot(a[11], w[3]));
      c8 += vec4f(dot(a[12], w[0]), dot(a[12], w[1]), dot(a[12], w[2]), dot(a[12], w[3]));
      c9 += vec4f(dot(a[13], w[0]), dot(a[13], w[1]), dot(a[13], w[2]), dot(a[13], w[3]));
      c10 += vec4f(dot(a[14], w[0]), dot(a[14], w[1]), dot(a[14], w[2]), dot(a[14], w[3]));
      c11 += vec4f(dot(a[15], w[0]), dot(a[15], w[1]), dot(a[15], w[2]), dot(a[15], w[3]));
      c12 += vec4f(dot(a[16], w[0]), dot(a[16], w[1]), dot(a[16], w[2]), dot(a[16], w[3]));
      c13 += vec4f(dot(a[17], w[0]), dot(a[17], w[1]), dot(a[17], w[2]), dot(a[17], w[3]));
      c14 += vec4f(dot(a[18], w[0]), dot(a[18], w[1]), dot(a[18], w[2]), dot(a[18], w[3]));
      c15 += vec4f(dot(a[19], w[0]), dot(a[19], w[1]), dot(a[19], w[2]), dot(a[19], w[3]));
      c0 += vec4f(dot(a[3], w[4]), dot(a[3], w[5]), dot(a[3], w[6]), dot(a[3], w[7]));
      c1 += vec4f(dot(a[4], w[4]), dot(a[4], w[5]), dot(a[4], w[6]), dot(a[4], w[7]));
      c2 += vec4f(dot(a[5], w[4]), dot(a[5], w[5]), dot(a[5], w[6]), dot(a[5], w[7]));
      c3 += vec4f(dot(a[6], w[4]), dot(a[6], w[5]), dot(a[6], w[6]), dot(a[6], w[7]));
      c4 += vec4f(dot(a[7], w[4]), dot(a[7], w[5]), dot(a[7], w[6]), dot(a[7], w[7]));
      c5 += vec4f(dot(a[8], w[4]), dot(a[8], w[5]), dot(a[8], w[6]), dot(a[8], w[7]));
      c6 += vec4f(dot(a[9], w[4]), dot(a[9], w[5]), dot(a[9], w[6]), dot(a[9], w[7]));
      c7 += vec4f(dot(a[10], w[4]), dot(a[10], w[5]), dot(a[10], w[6]), dot(a[10], w[7]));
      c8 += vec4f(dot(a[11], w[4]), dot(a[11], w[5]), dot(a[11], w[6]), dot(a[11], w[7]));
      c9 += vec4f(dot(a[12], w[4]), dot(a[12], w[5]), dot(a[12], w[6]), dot(a[12], w[7]));
      c10 += vec4f(dot(a[13], w[4]), dot(a[13], w[5]), dot(a[13], w[6]), dot(a[13], w[7]));
      c11 += vec4f(dot(a[14], w[4]), dot(a[14], w[5]), dot(a[14], w[6]), dot(a[14], w[7]));
      c12 += vec4f(dot(a[15], w[4]), dot(a[15], w[5]), dot(a[15], w[6]), dot(a[15], w[7]));
      c13 += vec4f(dot(a[16], w[4]), dot(a[16], w[5]), dot(a[16], w[6]), dot(a[16], w[7]));
      c14 += vec4f(dot(a[17], w[4]), dot(a[17], w[5]), dot(a[17], w[6]), dot(a[17], w[7]));
      c15 += vec4f(dot(a[18], w[4]), dot(a[18], w[5]), dot(a[18], w[6]), dot(a[18], w[7]));
      c0 += vec4f(dot(a[2], w[8]), dot(a[2], w[9]), dot(a[2], w[10]), dot(a[2], w[11]));
      c1 += vec4f(dot(a[3], w[8]), dot(a[3], w[9]), dot(a[3], w[10]), dot(a[3], w[11]));
      c2 += vec4f(dot(a[4], w[8]), dot(a[4], w[9]), dot(a[4], w[10]), dot(a[4], w[11]));
      c3 += vec4f(dot(a[5], w[8]), dot(a[5], w[9]), dot(a[5], w[10]), dot(a[5], w[11]));
      c4 += vec4f(dot(a[6], w[8]), dot(a[6], w[9]), dot(a[6], w[10]), dot(a[6], w[11]));
      c5 += vec4f(dot(a[7], w[8]), dot(a[7], w[9]), dot(a[7], w[10]), dot(a[7], w[11]));
      c6 += vec4f(dot(a[8], w[8]), dot(a[8], w[9]), dot(a[8], w[10]), dot(a[8], w[11]));
      c7 += vec4f(dot(a[9], w[8]), dot(a[9], w[9]), dot(a[9], w[10]), dot(a[9], w[11]));
      c8 += vec4f(dot(a[10], w[8]), dot(a[10], w[9]), dot(a[10], w[10]), dot(a[10], w[11]));
      c9 += vec4f(dot(a[11], w[8]), dot(a[11], w[9]), dot(a[11], w[10]), dot(a[11], w[11]));
      c10 += vec4f(dot(a[12], w[8]), dot(a[12], w[9]), dot(a[12], w[10]), dot(a[12], w[11]));
      c11 += vec4f(dot(a[13], w[8]), dot(a[13], w[9]), dot(a[13], w[10]), dot(a[13], w[11]));
      c12 += vec4f(dot(a[14], w[8]), dot(a[14], w[9]), dot(a[14], w[10]), dot(a[14], w[11]));
      c13 += vec4f(dot(a[15], w[8]), dot(a[15], w[9]), dot(a[15], w[10]), dot(a[15], w[11]));
      c14 += vec4f(dot(a[16], w[8]), dot(a[16], w[9]), dot(a[16], w[10]), dot(a[16], w[11]));
      c15 += vec4f(dot(a[17], w[8]), dot(a[17], w[9]), dot(a[17], w[10]), dot(a[17], w[11]));
      c0 += vec4f(dot(a[1], w[12]), dot(a[1], w[13]), dot(a[1], w[14]), dot(a[1], w[15]));
      c1 += vec4f(dot(a[2], w[12]), dot(a[2], w[13]), dot(a[2], w[14]), dot(a[2], w[15]));
      c2 += vec4f(dot(a[3], w[12]), dot(a[3], w[13]), dot(a[3], w[14]), dot(a[3], w[15]));
      c3 += vec4f(dot(a[4], w[12]), dot(a[4], w[13]), dot(a[4], w[14]), dot(a[4], w[15]));
      c4 += vec4f(dot(a[5], w[12]), dot(a[5], w[13]), dot(a[5], w[14]), dot(a[5], w[15]));
      c5 += vec4f(dot(a[6], w[12]), dot(a[6], w[13]), dot(a[6], w[14]), dot(a[6], w[15]));
      c6 += vec4f(dot(a[7], w[12]), dot(a[7], w[13]), dot(a[7], w[14]), dot(a[7], w[15]));
      c7 += vec4f(dot(a[8], w[12]), dot(a[8], w[13]), dot(a[8], w[14]), dot(a[8], w[15]));
      c8 += vec4f(dot(a[9], w[12]), dot(a[9], w[13]), dot(a[9], w[14]), dot(a[9], w[15]));
      c9 += vec4f(dot(a[10], w[12]), dot(a[10], w[13]), dot(a[10], w[14]), dot(a[10], w[15]));
      c10 += vec4f(dot(a[11], w[12]), dot(a[11], w[13]), dot(a[11], w[14]), dot(a[11], w[15]));
      c11 += vec4f(dot(a[12], w[12]), dot(a[12], w[13]), dot(a[12], w[14]), dot(a[12], w[15]));
      c12 += vec4f(dot(a[13], w[12]), dot(a[13], w[13]), dot(a[13], w[14]), dot(a[13], w[15]));
      c13 += vec4f(dot(a[14], w[12]), dot(a[14], w[13]), dot(a[14], w[14]), dot(a[14], w[15]));
      c14 += vec4f(dot(a[15], w[12]), dot(a[15], w[13]), dot(a[15], w[14]), dot(a[15], w[15]));
      c15 += vec4f(dot(a[16], w[12]), dot(a[16], w[13]), dot(a[16], w[14]), dot(a[16], w[15]));
      c0 += vec4f(dot(a[0], w[16]), dot(a[0], w[17]), dot(a[0], w[18]), dot(a[0], w[19]));
      c1 += vec4f(dot(a[1], w[16]), dot(a[1], w[17]), dot(a[1], w[18]), dot(a[1], w[19]));
      c2 += vec4f(dot(a[2], w[16]), dot(a[2], w[17]), dot(a[2], w[18]), dot(a[2], w[19]));
      c3 += vec4f(dot(a[3], w[16]), dot(a[3], w[17]), dot(a[3], w[18]), dot(a[3], w[19]));
      c4 += vec4f(dot(a[4], w[16]), dot(a[4], w[17]), dot(a[4], w[18]), dot(a[4], w[19]));
      c5 += vec4f(dot(a[5], w[16]), dot(a[5], w[17]), dot(a[5], w[18]), dot(a[5], w[19]));
      c6 += vec4f(dot(a[6], w[16]), dot(a[6], w[17]), dot(a[6], w[18]), dot(a[6], w[19]));
      c7 += vec4f(dot(a[7], w[16]), dot(a[7], w[17]), dot(a[7], w[18]), dot(a[7], w[19]));
      c8 += vec4f(dot(a[8], w[16]), dot(a[8], w[17]), dot(a[8], w[18]), dot(a[8], w[19]));
      c9 += vec4f(dot(a[9], w[16]), dot(a[9], w[17]), dot(a[9], w[18]), dot(a[9], w[19]));
      c10 += vec4f(dot(a[10], w[16]), dot(a[10], w[17]), dot(a[10], w[18]), dot(a[10], w[19]));
      c11 += vec4f(dot(a[11], w[16]), dot(a[11], w[17]), dot(a[11], w[18]), dot(a[11], w[19]));
      c12 += vec4f(dot(a[12], w[16]), dot(a[12], w[17]), dot(a[12], w[18]), dot(a[12], w[19]));
      c13 += vec4f(dot(a[13], w[16]), dot(a[13], w[17]), dot(a[13], w[18]), dot(a[13], w[19]));
      c14 += vec4f(dot(a[14], w[16]), dot(a[14], w[17]), dot(a[14], w[18]), dot(a[14], w[19]));
      c15 += vec4f(dot(a[15], w[16]), dot(a[15], w[17]), dot(a[15], w[18]), dot(a[15], w[19]));
#endif
    }
  }
  var result : array<vec4f, 40>;
  result[0] = c0;
  result[1] = c1;
  result[2] = c2;
  result[3] = c3;
  result[4] = c4;
  result[5] = c5;
  result[6] = c6;
  result[7] = c7;
  result[8] = c8;
  result[9] = c9;
  result[10] = c10;
  result[11] = c11;
  result[12] = c12;
  result[13] = c13;
  result[14] = c14;
  result[15] = c15;
  for (var i = 0u; i < p.stripLength; i++) {
    let at = ((image * p.inputHeight + u32(row)) * p.inputWidth + u32(column) + i) * quads + quad;
    #if ${ACCUMULATE}
    dx[at] += result[i];
    #else
    dx[at] = result[i];
    #endif
  }
}
