// convolution/dense_forward_winograd — convolution/dense_forward of windows of 3x3 at stride 1, by Winograd's F(4, 3) along
// rows: four outputs of a row take 6 products for the three weights of a kernel row, not 12. With the transformed inputs
// of lib/winograd_inputs and weights of convolution/winograd_weights, and with s the sum of their products over kernel
// rows and input channels, which is taken back to outputs only once, at the end,
//   y = (s0+s1+s2+s3+s4, s1-s2+2(s3-s4), s1+s2+4(s3+s4), s1-s2+8(s3-s4)+s5).
// With FLIPPED weights it is also the gradient by the input.
// Eight neighbouring lanes form a team. It owns 32 tiles of four outputs, which follow each other through rows and
// images, and 32 output channels, four a lane. The lanes load and transform the inputs of four channels each, shuffles
// hand them round, and each lane loads the weights of its own output channels.
// in  0 x       f32 [images, H, W, inputStride]      channels inputOffset .. inputOffset+CI-1
// in  1 weights f32 [3, CI/4, 6, 4, CO]
// in  2 bias    f32 [CO] (BIAS)
// out 3 y       f32 [images, OH, OW, outputStride]   channels outputOffset .. outputOffset+CO-1
// grid ceil(blocks/8)*64 * ceil(CO/32); blocks = ceil(images*OH*ceil(OW/4)/32)
// flags BIAS; ACCUMULATE: adds to y. CI, CO, strides and offsets are multiples of 4.
enable subgroups;
struct Parameters {
  invocations : u32, inputHeight : u32, inputWidth : u32, inputChannels : u32,
  outputHeight : u32, outputWidth : u32, outputChannels : u32, crop : u32,
  padding : u32, images : u32, inputStride : u32, inputOffset : u32,
  outputStride : u32, outputOffset : u32, one : u32,
}
@group(0) @binding(0) var<storage, read> x : array<vec4f>;
@group(0) @binding(1) var<storage, read> weights : array<vec4f>;
@group(0) @binding(2) var<storage, read> bias : array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y : array<vec4f>;
@group(0) @binding(4) var<uniform> p : Parameters;

#include "lib/winograd_inputs"

// Sums and transformed inputs of 32 tiles. Longer than 32 and indexed by a variable in the end, so that drivers keep them in
// memory; six arrays of each and not one, because compiling for a software driver takes time by the square of an array's uses.
alias Kept = array<vec4f, 36>;
var<private> s0 : Kept;
var<private> s1 : Kept;
var<private> s2 : Kept;
var<private> s3 : Kept;
var<private> s4 : Kept;
var<private> s5 : Kept;
var<private> u0 : Kept;
var<private> u1 : Kept;
var<private> u2 : Kept;
var<private> u3 : Kept;
var<private> u4 : Kept;
var<private> u5 : Kept;

alias Weights = array<vec4f, 4>;

fn addTile(sums : ptr<private, Kept>, inputs : ptr<private, Kept>, i : u32, w : Weights, lane : u32) {
  let v = subgroupShuffle((*inputs)[i], lane);
  (*sums)[i] = (*sums)[i] + v.x * w[0] + v.y * w[1] + v.z * w[2] + v.w * w[3];
}

fn addTiles(sums : ptr<private, Kept>, inputs : ptr<private, Kept>, i : u32, w : Weights, lane : u32) {
  addTile(sums, inputs, i, w, lane);
  addTile(sums, inputs, i + 1u, w, lane);
  addTile(sums, inputs, i + 2u, w, lane);
  addTile(sums, inputs, i + 3u, w, lane);
  addTile(sums, inputs, i + 4u, w, lane);
  addTile(sums, inputs, i + 5u, w, lane);
  addTile(sums, inputs, i + 6u, w, lane);
  addTile(sums, inputs, i + 7u, w, lane);
}

/** Adds the products of one transformed input with the weights that start at `at`. */
fn add(sums : ptr<private, Kept>, inputs : ptr<private, Kept>, at : u32, quads : u32, lane : u32) {
  let w = Weights(weights[at], weights[at + quads], weights[at + 2u * quads], weights[at + 3u * quads]);
  addTiles(sums, inputs, 0u, w, lane);
  addTiles(sums, inputs, 8u, w, lane);
  addTiles(sums, inputs, 16u, w, lane);
  addTiles(sums, inputs, 24u, w, lane);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32, @builtin(subgroup_invocation_id) subgroupLane : u32) {
  let workgroup = group.y * groups.x + group.x;
  let quads = p.outputChannels / 4u;
  let columns = (quads + 7u) / 8u;
  let lane = subgroupLane % 8u;
  let firstLane = subgroupLane - lane;
  let quad = workgroup % columns * 8u + lane;
  // lanes past the last channel do its work twice
  let column = min(quad, quads - 1u);
  let across = (p.outputWidth + 3u) / 4u;
  let tiles = p.images * p.outputHeight * across;
  // teams past the end repeat the last one's work, since all must take part in shuffles, and store nothing
  let place = workgroup / columns * 8u + local / 8u;
  let team = min(place, (tiles + 31u) / 32u - 1u);
  let origin = i32(p.crop) - i32(p.padding);

  var imageOf : array<u32, 40>;
  var rowOf : array<u32, 40>;
  var columnOf : array<u32, 40>;
  // where the first of the six inputs of the tile's first kernel row lies, as if there were no borders
  var placeOf : array<u32, 40>;
  let step = p.inputStride / 4u;
  let first = team * 32u;
  var image = first / (p.outputHeight * across);
  var row = first / across % p.outputHeight;
  var col = first % across * 4u;
  for (var i = 0u; i < 32u * p.one; i++) {
    imageOf[i] = image;
    rowOf[i] = row;
    columnOf[i] = col;
    let sourceRow = i32(image * p.inputHeight + row) + origin;
    placeOf[i] = u32(sourceRow * i32(p.inputWidth) + i32(col) + origin) * step + p.inputOffset / 4u;
    col += 4u;
    let rowEnds = col >= p.outputWidth;
    col = select(col, 0u, rowEnds);
    row += select(0u, 1u, rowEnds);
    let imageEnds = row == p.outputHeight;
    row = select(row, 0u, imageEnds);
    image += select(0u, 1u, imageEnds);
  }
  let channels = p.inputChannels / 4u;
  // loops that test at the end: a software driver goes through a body once more than it has trips if they test first
  var ky = 0u;
  loop {
    var start = 0u;
    loop {
      let mine = start + lane;
      let offset = ky * p.inputWidth * step + mine;
      var i = 0u;
      loop {
        let sourceRow = u32(i32(rowOf[i] + ky) + origin);
        let here = mine < channels && imageOf[i] < p.images && sourceRow - p.crop < p.inputHeight - p.crop;
        let u = transformedInputs(here, placeOf[i] + offset, i32(columnOf[i]) + origin, step);
        u0[i] = u[0];
        u1[i] = u[1];
        u2[i] = u[2];
        u3[i] = u[3];
        u4[i] = u[4];
        u5[i] = u[5];
        continuing { i++; break if i == 32u * p.one; }
      }
      var q = 0u;
      loop {
        let at = (ky * channels + start + q) * 24u * quads + column;
        add(&s0, &u0, at, quads, firstLane + q);
        add(&s1, &u1, at + 4u * quads, quads, firstLane + q);
        add(&s2, &u2, at + 8u * quads, quads, firstLane + q);
        add(&s3, &u3, at + 12u * quads, quads, firstLane + q);
        add(&s4, &u4, at + 16u * quads, quads, firstLane + q);
        add(&s5, &u5, at + 20u * quads, quads, firstLane + q);
        continuing { q++; break if q == min(8u, channels - start); }
      }
      continuing { start += 8u; break if start >= channels; }
    }
    continuing { ky++; break if ky == 3u * p.one; }
  }
  if (place != team || quad >= quads) { return; }
  var offset = vec4f(0.0);
  #if ${BIAS}
  offset = bias[quad];
  #else
  _ = &bias;
  #endif
  var results : array<vec4f, 36>;
  for (var i = 0u; i < min(32u, tiles - first); i++) {
    let near = s1[i] + s2[i];
    let nearOdd = s1[i] - s2[i];
    let far = s3[i] + s4[i];
    let farOdd = s3[i] - s4[i];
    results[0] = offset + s0[i] + near + far;
    results[1] = offset + nearOdd + 2.0 * farOdd;
    results[2] = offset + near + 4.0 * far;
    results[3] = offset + nearOdd + 8.0 * farOdd + s5[i];
    let pixel = (imageOf[i] * p.outputHeight + rowOf[i]) * p.outputWidth + columnOf[i];
    for (var j = 0u; j < min(4u, p.outputWidth - columnOf[i]); j++) {
      let place = ((pixel + j) * p.outputStride + p.outputOffset) / 4u + quad;
      #if ${ACCUMULATE}
      y[place] += results[j];
      #else
      y[place] = results[j];
      #endif
    }
  }
}
