// convolution/input_gradient — dx[n,iy,ix,i] = sum over ky,kx,o with oy*stride + ky + origin = iy (and x alike) of w[ky,kx,i,o] * dy[n,oy,ox,o]
// One invocation owns 16 input pixels of equal parity (so that all share their valid taps at stride > 1) and 4 input channels.
// in  0 dy      f32 [images, OH, OW, outputStride], channels outputOffset .. outputOffset+CO-1
// in  1 weights f32 [kernelHeight, kernelWidth, CI, CO]
// out 2 dx      f32 [images, H, W, CI]; ACCUMULATE adds to what is there
// grid images * stride^2 * strips * ceil(CI/4); strips = ceil(ceil(H/stride)*ceil(W/stride)/16)
// flags VEC: CI, CO, outputStride, outputOffset are multiples of 4; ACCUMULATE
struct Parameters {
  invocations : u32, inputHeight : u32, inputWidth : u32, inputChannels : u32,
  outputHeight : u32, outputWidth : u32, outputChannels : u32, kernelHeight : u32,
  kernelWidth : u32, stride : u32, crop : u32, padding : u32,
  outputStride : u32, outputOffset : u32, strips : u32, stripLength : u32,
}
#if ${VEC}
@group(0) @binding(0) var<storage, read> dy : array<vec4f>;
@group(0) @binding(1) var<storage, read> weights : array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx : array<vec4f>;
#else
@group(0) @binding(0) var<storage, read> dy : array<f32>;
@group(0) @binding(1) var<storage, read> weights : array<f32>;
@group(0) @binding(2) var<storage, read_write> dx : array<f32>;
#endif
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let quads = (p.inputChannels + 3u) / 4u;
  let quad = index % quads;
  let strip = (index / quads) % p.strips;
  let parity = (index / (quads * p.strips)) % (p.stride * p.stride);
  let image = index / (quads * p.strips * p.stride * p.stride);
  let parityY = parity / p.stride;
  let parityX = parity % p.stride;
  let gridWidth = (p.inputWidth + p.stride - 1u - parityX) / p.stride;
  let gridHeight = (p.inputHeight + p.stride - 1u - parityY) / p.stride;
  let origin = i32(p.crop) - i32(p.padding);
  #if ${VEC}
  let channels = p.outputChannels / 4u;
  let rowStride = p.outputStride / 4u;
  let offset = p.outputOffset / 4u;
  #else
  let channels = p.outputChannels;
  let rowStride = p.outputStride;
  let offset = p.outputOffset;
  #endif

  // first tap whose output position is whole for this parity; later taps move by whole output pixels
  let strideSigned = i32(p.stride);
  let firstY = u32(((i32(parityY) - origin) % strideSigned + strideSigned) % strideSigned);
  let firstX = u32(((i32(parityX) - origin) % strideSigned + strideSigned) % strideSigned);
  let shiftY = (i32(parityY) - origin - i32(firstY)) / strideSigned;
  let shiftX = (i32(parityX) - origin - i32(firstX)) / strideSigned;
  var rows : array<i32, 40>;
  var columns : array<i32, 40>;
  for (var i = 0u; i < p.stripLength; i++) {
    let pixel = strip * p.stripLength + i;
    let row = pixel / max(gridWidth, 1u);
    let column = pixel % max(gridWidth, 1u);
    // cropped rows and columns received nothing: keep their pixel outside every window
    let cropped = row * p.stride + parityY < p.crop || column * p.stride + parityX < p.crop;
    rows[i] = select(i32(row) + shiftY, -65536, cropped || pixel >= gridWidth * gridHeight);
    columns[i] = i32(column) + shiftX;
  }
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
  #if ${VEC}
  var a : array<vec4f, 40>;
  #else
  var a : array<f32, 40>;
  #endif
  let tapsY = (p.kernelHeight + p.stride - 1u - firstY) / p.stride;
  let tapsX = (p.kernelWidth + p.stride - 1u - firstX) / p.stride;
  for (var jy = 0u; jy < tapsY; jy++) {
    for (var jx = 0u; jx < tapsX; jx++) {
      let weightRow = ((firstY + jy * p.stride) * p.kernelWidth + firstX + jx * p.stride) * p.inputChannels + quad * 4u;
      for (var k = 0u; k < channels; k++) {
        for (var i = 0u; i < p.stripLength; i++) {
          let y = rows[i] - i32(jy);
          let x = columns[i] - i32(jx);
          let inside = y >= 0 && x >= 0 && y < i32(p.outputHeight) && x < i32(p.outputWidth);
          let pixel = (i32(image * p.outputHeight) + y) * i32(p.outputWidth) + x;
          let value = dy[select(0u, u32(pixel) * rowStride + offset + k, inside)];
          #if ${VEC}
          a[i] = select(vec4f(0.0), value, inside);
          #else
          a[i] = select(0.0, value, inside);
          #endif
        }
        #if ${VEC}
        let w0 = weights[(weightRow + 0u) * channels + k];
        let w1 = weights[(weightRow + 1u) * channels + k];
        let w2 = weights[(weightRow + 2u) * channels + k];
        let w3 = weights[(weightRow + 3u) * channels + k];
        c0 += vec4f(dot(a[0], w0), dot(a[0], w1), dot(a[0], w2), dot(a[0], w3));
        c1 += vec4f(dot(a[1], w0), dot(a[1], w1), dot(a[1], w2), dot(a[1], w3));
        c2 += vec4f(dot(a[2], w0), dot(a[2], w1), dot(a[2], w2), dot(a[2], w3));
        c3 += vec4f(dot(a[3], w0), dot(a[3], w1), dot(a[3], w2), dot(a[3], w3));
        c4 += vec4f(dot(a[4], w0), dot(a[4], w1), dot(a[4], w2), dot(a[4], w3));
        c5 += vec4f(dot(a[5], w0), dot(a[5], w1), dot(a[5], w2), dot(a[5], w3));
        c6 += vec4f(dot(a[6], w0), dot(a[6], w1), dot(a[6], w2), dot(a[6], w3));
        c7 += vec4f(dot(a[7], w0), dot(a[7], w1), dot(a[7], w2), dot(a[7], w3));
        c8 += vec4f(dot(a[8], w0), dot(a[8], w1), dot(a[8], w2), dot(a[8], w3));
        c9 += vec4f(dot(a[9], w0), dot(a[9], w1), dot(a[9], w2), dot(a[9], w3));
        c10 += vec4f(dot(a[10], w0), dot(a[10], w1), dot(a[10], w2), dot(a[10], w3));
        c11 += vec4f(dot(a[11], w0), dot(a[11], w1), dot(a[11], w2), dot(a[11], w3));
        c12 += vec4f(dot(a[12], w0), dot(a[12], w1), dot(a[12], w2), dot(a[12], w3));
        c13 += vec4f(dot(a[13], w0), dot(a[13], w1), dot(a[13], w2), dot(a[13], w3));
        c14 += vec4f(dot(a[14], w0), dot(a[14], w1), dot(a[14], w2), dot(a[14], w3));
        c15 += vec4f(dot(a[15], w0), dot(a[15], w1), dot(a[15], w2), dot(a[15], w3));
        #else
        var w = vec4f(0.0);
        for (var c = 0u; c < min(4u, p.inputChannels - quad * 4u); c++) { w[c] = weights[(weightRow + c) * channels + k]; }
        c0 += a[0] * w;
        c1 += a[1] * w;
        c2 += a[2] * w;
        c3 += a[3] * w;
        c4 += a[4] * w;
        c5 += a[5] * w;
        c6 += a[6] * w;
        c7 += a[7] * w;
        c8 += a[8] * w;
        c9 += a[9] * w;
        c10 += a[10] * w;
        c11 += a[11] * w;
        c12 += a[12] * w;
        c13 += a[13] * w;
        c14 += a[14] * w;
        c15 += a[15] * w;
        #endif
      }
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
  let pixels = min(p.stripLength, max(gridWidth * gridHeight, strip * p.stripLength) - strip * p.stripLength);
  for (var i = 0u; i < pixels; i++) {
    let pixel = strip * p.stripLength + i;
    let row = (pixel / gridWidth) * p.stride + parityY;
    let column = (pixel % gridWidth) * p.stride + parityX;
    let at = ((image * p.inputHeight + row) * p.inputWidth + column) * p.inputChannels + quad * 4u;
    #if ${VEC}
    #if ${ACCUMULATE}
    dx[at / 4u] += result[i];
    #else
    dx[at / 4u] = result[i];
    #endif
    #else
    for (var c = 0u; c < min(4u, p.inputChannels - quad * 4u); c++) {
      #if ${ACCUMULATE}
      dx[at + c] += result[i][c];
      #else
      dx[at + c] = result[i][c];
      #endif
    }
    #endif
  }
}
