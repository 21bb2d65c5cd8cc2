// convolution/dense_weight_gradient_winograd — convolution/dense_weight_gradient of windows of 3x3 at stride 1, by
// Winograd's F(3, 4) along rows: four outputs of a row and the six inputs that they see take 6 products for the three
// weights of a kernel row, not 12. Of inputs x0..x5 and output gradients d0..d3 (points 0, 1, -1, 2, -2, infinity)
//   u = (4x0-5x2+x4, -4(x1+x2)+x3+x4, 4(x1-x2)-x3+x4, 2(x3-x1)+x4-x2, 2(x1-x3)+x4-x2, 4x1-5x3+x5)
//   v = (d0, d0+d1+d2+d3, d0-d1+d2-d3, d0+2d1+4d2+8d3, d0-2d1+4d2-8d3, d3)
// and with s the sum of u*v over all tiles, which is taken back to weights only once, at the end,
//   dw = (s0/4-(s1+s2)/6+(s3+s4)/24, (s2-s1)/6+(s3-s4)/12, (s3+s4-s1-s2)/6+s5).
// Eight neighbouring lanes form a team. It owns 8 input channels, 32 output channels, four a lane, all nine weights and a
// chunk of images, and takes tiles of two rows of four outputs. Of the four rows of inputs that a tile sees two lanes
// load and transform one, four channels each; shuffles hand them round.
// in  0 x       f32 [images, H, W, CI]
// in  1 dy      f32 [images, OH, OW, outputStride]
// out 2 partial f32 [chunks, 9*CI, CO]
// grid ceil(chunks*blocks/8)*64 * ceil(CO/32); blocks = ceil(CI/8)
// CI, CO, outputStride and outputOffset are multiples of 4.
enable subgroups;
struct Parameters {
  invocations : u32, images : u32, inputHeight : u32, inputWidth : u32,
  inputChannels : u32, outputHeight : u32, outputWidth : u32, outputChannels : u32,
  kernelHeight : u32, kernelWidth : u32, stride : u32, crop : u32,
  padding : u32, outputStride : u32, outputOffset : u32, blocks : u32,
  imagesPerChunk : u32, firstChunk : u32, chunks : u32, one : u32,
}
@group(0) @binding(0) var<storage, read> x : array<vec4f>;
@group(0) @binding(1) var<storage, read> dy : array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partial : array<vec4f>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/winograd_inputs"

alias Outputs = array<vec4f, 4>;

// Sums s0..s5 of 3 kernel rows and 8 input channels, four output channels each. Longer than 32 and indexed by a variable
// in the end, so that drivers keep them in memory; six arrays and not one, because compiling for a software driver takes
// time by the square of an array's uses.
alias Sums = array<vec4f, 36>;
var<private> s0 : Sums;
var<private> s1 : Sums;
var<private> s2 : Sums;
var<private> s3 : Sums;
var<private> s4 : Sums;
var<private> s5 : Sums;

/** Adds the products of one input channel in four rows and the gradients of two. */
fn addChannel(sums : ptr<private, Sums>, channel : u32, r0 : f32, r1 : f32, r2 : f32, r3 : f32, d : vec4f, e : vec4f) {
  (*sums)[channel] += r0 * d + r1 * e;
  (*sums)[channel + 8u] += r1 * d + r2 * e;
  (*sums)[channel + 16u] += r2 * d + r3 * e;
}

fn addFour(sums : ptr<private, Sums>, quad : u32, u : vec4f, d : vec4f, e : vec4f, firstLane : u32) {
  let r0 = subgroupShuffle(u, firstLane + quad);
  let r1 = subgroupShuffle(u, firstLane + quad + 2u);
  let r2 = subgroupShuffle(u, firstLane + quad + 4u);
  let r3 = subgroupShuffle(u, firstLane + quad + 6u);
  addChannel(sums, 4u * quad, r0.x, r1.x, r2.x, r3.x, d, e);
  addChannel(sums, 4u * quad + 1u, r0.y, r1.y, r2.y, r3.y, d, e);
  addChannel(sums, 4u * quad + 2u, r0.z, r1.z, r2.z, r3.z, d, e);
  addChannel(sums, 4u * quad + 3u, r0.w, r1.w, r2.w, r3.w, d, e);
}

/** Adds one of the six products of a tile. */
fn add(sums : ptr<private, Sums>, u : vec4f, d : vec4f, e : vec4f, firstLane : u32) {
  addFour(sums, 0u, u, d, e, firstLane);
  addFour(sums, 1u, u, d, e, firstLane);
}

fn weights(a : vec4f, b : vec4f, c : vec4f, d : vec4f, e : vec4f, f : vec4f) -> array<vec4f, 3> {
  let near = b + c;
  let far = d + e;
  return array<vec4f, 3>(a * 0.25 - near * (1.0 / 6.0) + far * (1.0 / 24.0),
    (c - b) * (1.0 / 6.0) + (d - e) * (1.0 / 12.0), (far - near) * (1.0 / 6.0) + f);
}

fn outputs(here : bool, start : u32, column : u32) -> Inputs {
  var v : Outputs;
  for (var j = 0u; j < 4u; j++) {
    let inside = here && column + j < p.outputWidth;
    let value = dy[select(0u, start + j * (p.outputStride / 4u), inside)];
    v[j] = select(vec4f(0.0), value, inside);
  }
  let even = v[0] + v[2];
  let odd = v[1] + v[3];
  let a = v[0] + 4.0 * v[2];
  let b = 2.0 * v[1] + 8.0 * v[3];
  return Inputs(v[0], even + odd, even - odd, a + b, a - b, v[3]);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32, @builtin(subgroup_invocation_id) subgroupLane : u32) {
  let workgroup = group.y * groups.x + group.x;
  let quads = p.outputChannels / 4u;
  let columns = (quads + 7u) / 8u;
  let lane = subgroupLane % 8u;
  let firstLane = subgroupLane - lane;
  let quad = workgroup % columns * 8u + lane;
  // teams past the end repeat the last one's work, since all must take part in shuffles, and store nothing
  let place = workgroup / columns * 8u + local / 8u;
  let team = min(place, p.chunks * p.blocks - 1u);
  let block = team % p.blocks;
  let chunk = team / p.blocks;
  let origin = i32(p.crop) - i32(p.padding);
  let channels = p.inputChannels / 4u;
  // channels past the last one are loaded twice
  let channel = min(block * 2u + lane % 2u, channels - 1u);
  let column = p.outputOffset / 4u + min(quad, quads - 1u);

  let across = (p.outputWidth + 3u) / 4u;
  let down = (p.outputHeight + 1u) / 2u;
  let last = min((chunk + 1u) * p.imagesPerChunk, p.images);
  var image = chunk * p.imagesPerChunk;
  var oy = 0u;
  var ox = 0u;
  // as many trips as the longest chunk needs: all teams of a subgroup go through the loop together
  for (var at = 0u; at < p.imagesPerChunk * across * down; at++) {
    let live = image < last;
    let col = i32(ox) + origin;
    let row = i32(oy + lane / 2u) + origin;
    let u = transformedInputs(live && row >= i32(p.crop) && row < i32(p.inputHeight),
      u32((i32(image * p.inputHeight) + row) * i32(p.inputWidth) + col) * channels + channel, col, channels);
    // twice the same text, so that it stands there once
    var d : Inputs;
    var e : Inputs;
    var r = 0u;
    loop {
      d = e;
      e = outputs(live && oy + r < p.outputHeight,
        ((image * p.outputHeight + oy + r) * p.outputWidth + ox) * (p.outputStride / 4u) + column, ox);
      continuing {
        r++;
        break if r > p.one;
      }
    }
    add(&s0, u[0], d[0], e[0], firstLane);
    add(&s1, u[1], d[1], e[1], firstLane);
    add(&s2, u[2], d[2], e[2], firstLane);
    add(&s3, u[3], d[3], e[3], firstLane);
    add(&s4, u[4], d[4], e[4], firstLane);
    add(&s5, u[5], d[5], e[5], firstLane);
    ox += 4u;
    let rowEnds = ox >= p.outputWidth;
    ox = select(ox, 0u, rowEnds);
    oy += select(0u, 2u, rowEnds);
    let imageEnds = oy >= p.outputHeight;
    oy = select(oy, 0u, imageEnds);
    image += select(0u, 1u, imageEnds);
  }
  if (place != team || quad >= quads) { return; }
  let firstRow = (p.firstChunk + chunk) * 9u * p.inputChannels + block * 8u;
  let rows = min(8u, p.inputChannels - block * 8u);
  for (var ky = 0u; ky < 3u * p.one; ky++) {
    for (var i = 0u; i < rows; i++) {
      let at = ky * 8u + i;
      var w = weights(s0[at], s1[at], s2[at], s3[at], s4[at], s5[at]);
      for (var kx = 0u; kx < 3u * p.one; kx++) {
        partial[(firstRow + (ky * 3u + kx) * p.inputChannels + i) * quads + quad] = w[kx];
      }
    }
  }
}
