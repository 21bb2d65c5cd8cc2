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
  var sums : array<vec4f, 16>;
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
      for (var i = 0u; i < 16u; i++) {
        #if ${KERNEL == 1}
        sums[i] += vec4f(dot(a[i], w[0]), dot(a[i], w[1]), dot(a[i], w[2]), dot(a[i], w[3]));
        #elif ${KERNEL == 3}
        sums[i] += vec4f(dot(a[i + 2u], w[0]), dot(a[i + 2u], w[1]), dot(a[i + 2u], w[2]), dot(a[i + 2u], w[3]));
        sums[i] += vec4f(dot(a[i + 1u], w[4]), dot(a[i + 1u], w[5]), dot(a[i + 1u], w[6]), dot(a[i + 1u], w[7]));
        sums[i] += vec4f(dot(a[i], w[8]), dot(a[i], w[9]), dot(a[i], w[10]), dot(a[i], w[11]));
        #else
        sums[i] += vec4f(dot(a[i + 4u], w[0]), dot(a[i + 4u], w[1]), dot(a[i + 4u], w[2]), dot(a[i + 4u], w[3]));
        sums[i] += vec4f(dot(a[i + 3u], w[4]), dot(a[i + 3u], w[5]), dot(a[i + 3u], w[6]), dot(a[i + 3u], w[7]));
        sums[i] += vec4f(dot(a[i + 2u], w[8]), dot(a[i + 2u], w[9]), dot(a[i + 2u], w[10]), dot(a[i + 2u], w[11]));
        sums[i] += vec4f(dot(a[i + 1u], w[12]), dot(a[i + 1u], w[13]), dot(a[i + 1u], w[14]), dot(a[i + 1u], w[15]));
        sums[i] += vec4f(dot(a[i], w[16]), dot(a[i], w[17]), dot(a[i], w[18]), dot(a[i], w[19]));
        #endif
      }
    }
  }
  var result : array<vec4f, 40>;
  for (var i = 0u; i < 16u; i++) { result[i] = sums[i]; }
  for (var i = 0u; i < p.stripLength; i++) {
    let at = ((image * p.inputHeight + u32(row)) * p.inputWidth + u32(column) + i) * quads + quad;
    #if ${ACCUMULATE}
    dx[at] += result[i];
    #else
    dx[at] = result[i];
    #endif
  }
}
