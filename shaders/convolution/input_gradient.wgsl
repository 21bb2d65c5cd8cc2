// convolution/input_gradient — dx[n,iy,ix,i] = sum over ky,kx,o with oy*stride + ky + origin = iy (and x alike) of w[ky,kx,i,o] * dy[n,oy,ox,o]
// One invocation owns 16 input pixels of equal parity (so that all share their valid taps at stride > 1) and 4 input channels.
// in  0 dy      f32 [images, OH, OW, outputStride], channels outputOffset .. outputOffset+CO-1
// in  1 weights f32 [kernelHeight, kernelWidth, CI, CO]
// out 2 dx      f32 [images, H, W, CI]; ACCUMULATE adds to what is there
// grid images * stride^2 * strips * ceil(CI/4) (PAIR: CI/8); strips = ceil(ceil(H/stride)*ceil(W/stride)/16)
// flags VEC: CI, CO, outputStride, outputOffset are multiples of 4; ACCUMULATE;
//       PAIR: 8 input channels an invocation, so that each output gradient loaded serves twice as many (VEC, CI multiple of 8)
struct Parameters {
  invocations : u32, inputHeight : u32, inputWidth : u32, inputChannels : u32,
  outputHeight : u32, outputWidth : u32, outputChannels : u32, kernelHeight : u32,
  kernelWidth : u32, stride : u32, crop : u32, padding : u32,
  outputStride : u32, outputOffset : u32, strips : u32, stripLength : u32,
  weightRows : u32,
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
  #if ${PAIR}
  let quads = p.inputChannels / 8u;
  let quad = index % quads * 2u;
  #else
  let quads = (p.inputChannels + 3u) / 4u;
  let quad = index % quads;
  #endif
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
  var sums : array<vec4f, 16>;
  #if ${PAIR}
  var secondSums : array<vec4f, 16>;
  #endif
  var places : array<u32, 40>;
  #if ${VEC}
  var a : array<vec4f, 40>;
  var w : array<vec4f, 40>;
  #else
  var a : array<f32, 40>;
  #endif
  let tapsY = (p.kernelHeight + p.stride - 1u - firstY) / p.stride;
  let tapsX = (p.kernelWidth + p.stride - 1u - firstX) / p.stride;
  for (var jy = 0u; jy < tapsY; jy++) {
    for (var jx = 0u; jx < tapsX; jx++) {
      let weightRow = ((firstY + jy * p.stride) * p.kernelWidth + firstX + jx * p.stride) * p.inputChannels + quad * 4u;
      // positions of this tap's output pixels, and a bit for each that lies inside
      var inside = 0u;
      for (var i = 0u; i < p.stripLength; i++) {
        let y = rows[i] - i32(jy);
        let x = columns[i] - i32(jx);
        let within = y >= 0 && x >= 0 && y < i32(p.outputHeight) && x < i32(p.outputWidth);
        let pixel = (i32(image * p.outputHeight) + y) * i32(p.outputWidth) + x;
        places[i] = select(0u, u32(pixel) * rowStride + offset, within);
        inside |= select(0u, 1u << i, within);
      }
      for (var k = 0u; k < channels; k++) {
        for (var i = 0u; i < p.stripLength; i++) {
          let value = dy[places[i] + k];
          #if ${VEC}
          a[i] = select(vec4f(0.0), value, ((inside >> i) & 1u) != 0u);
          #else
          a[i] = select(0.0, value, ((inside >> i) & 1u) != 0u);
          #endif
        }
        #if ${VEC}
        for (var j = 0u; j < p.weightRows; j++) { w[j] = weights[(weightRow + j) * channels + k]; }
        for (var i = 0u; i < 16u; i++) { sums[i] += vec4f(dot(a[i], w[0]), dot(a[i], w[1]), dot(a[i], w[2]), dot(a[i], w[3])); }
        #if ${PAIR}
        for (var i = 0u; i < 16u; i++) { secondSums[i] += vec4f(dot(a[i], w[4]), dot(a[i], w[5]), dot(a[i], w[6]), dot(a[i], w[7])); }
        #endif
        #else
        var w = vec4f(0.0);
        for (var c = 0u; c < min(4u, p.inputChannels - quad * 4u); c++) { w[c] = weights[(weightRow + c) * channels + k]; }
        for (var i = 0u; i < 16u; i++) { sums[i] += a[i] * w; }
        #endif
      }
    }
  }
  var result : array<vec4f, 40>;
  for (var i = 0u; i < 16u; i++) { result[i] = sums[i]; }
  #if ${PAIR}
  var second : array<vec4f, 40>;
  for (var i = 0u; i < 16u; i++) { second[i] = secondSums[i]; }
  #endif
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
    #if ${PAIR && ACCUMULATE}
    dx[at / 4u + 1u] += second[i];
    #elif ${PAIR}
    dx[at / 4u + 1u] = second[i];
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
