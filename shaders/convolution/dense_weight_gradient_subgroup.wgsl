// convolution/dense_weight_gradient_subgroup — convolution/dense_weight_gradient for adapters whose subgroups have at
// least 8 lanes.
// LANES neighbouring lanes form a team. It owns up to 64 consecutive (kx, i) rows of one kernel row, 4·LANES output
// channels, four a lane, and a chunk of images. For each output pixel the lanes load the rows' inputs in turn and hand
// them round by shuffles; four pixels are taken at a time.
// in  0 x       f32 [images, H, W, CI]
// in  1 dy      f32 [images, OH, OW, outputStride]
// out 2 partial f32 [chunks, kernelHeight*kernelWidth*CI, CO]
// grid ceil(chunks*kernelHeight*blocks/(64/LANES))*64 * ceil(CO/(4*LANES)); blocks = ceil(kernelWidth*CI/64)
// flags LANES: 1, 2, 4 or 8; HALF_IN: x is f16 (lib/half). CI, CO, outputStride and outputOffset are multiples of 4.
enable subgroups;
struct Parameters {
  invocations : u32, images : u32, inputHeight : u32, inputWidth : u32,
  inputChannels : u32, outputHeight : u32, outputWidth : u32, outputChannels : u32,
  kernelHeight : u32, kernelWidth : u32, stride : u32, crop : u32,
  padding : u32, outputStride : u32, outputOffset : u32, blocks : u32,
  imagesPerChunk : u32, firstChunk : u32, chunks : u32, one : u32,
}
alias Element = vec4f;
#include "lib/half"
#include "lib/half_source"
@group(0) @binding(0) var<storage, read> x : array<Source>;
@group(0) @binding(1) var<storage, read> dy : array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partial : array<vec4f>;
@group(0) @binding(3) var<uniform> p : Parameters;

const lanes = ${LANES}u;
const quadsOfLane = ${16 / LANES}u;
alias Rows = array<vec4f, 16>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32, @builtin(subgroup_invocation_id) subgroupLane : u32) {
  let workgroup = group.y * groups.x + group.x;
  let quads = p.outputChannels / 4u;
  let columns = (quads + lanes - 1u) / lanes;
  let lane = subgroupLane % lanes;
  let firstLane = subgroupLane - lane;
  let quad = workgroup % columns * lanes + lane;
  let column = min(quad, quads - 1u);
  // teams past the end repeat the last one's work, since all must take part in shuffles, and store nothing
  let place = workgroup / columns * (64u / lanes) + local / lanes;
  let team = min(place, p.chunks * p.kernelHeight * p.blocks - 1u);
  let block = team % p.blocks;
  let ky = team / p.blocks % p.kernelHeight;
  let chunk = team / (p.blocks * p.kernelHeight);
  let origin = i32(p.crop) - i32(p.padding);
  let channels = p.inputChannels / 4u;
  let run = p.kernelWidth * channels;
  let first = block * 16u;

  // rows of comp x, y, z, w of the 16 quads of inputs
  var cx : Rows;
  var cy : Rows;
  var cz : Rows;
  var cw : Rows;
  var xs : array<vec4f, 64>;
  var ds : array<vec4f, 40>;
  // column and channel of this lane's inputs, relative to a window's first column
  var kxOf : array<u32, 40>;
  var channelOf : array<u32, 40>;
  for (var n = 0u; n < quadsOfLane * p.one; n++) {
    let mine = first + n * lanes + lane;
    kxOf[n] = select(0x40000000u, mine / channels, mine < run);
    channelOf[n] = mine % channels;
  }
  let pixels = p.outputHeight * p.outputWidth;
  let last = min((chunk + 1u) * p.imagesPerChunk, p.images);
  var image = chunk * p.imagesPerChunk;
  var oy = 0u;
  var ox = 0u;
  // as many trips as the longest chunk needs: all teams of a subgroup go through the loop together
  for (var at = 0u; at < p.imagesPerChunk * pixels; at += 4u) {
    var j = 0u;
    loop {
      let live = image < last;
      let row = i32(oy * p.stride + ky) + origin;
      let here = live && row >= i32(p.crop) && row < i32(p.inputHeight);
      let pixel = select(0u, (image * p.outputHeight + oy) * p.outputWidth + ox, live);
      let d = dy[(pixel * p.outputStride + p.outputOffset) / 4u + column];
      ds[j] = select(vec4f(0.0), d, live);
      let rowStart = (image * p.inputHeight + u32(row)) * p.inputWidth;
      var n = 0u;
      loop {
        let col = i32(ox * p.stride + kxOf[n]) + origin;
        let inside = here && col >= i32(p.crop) && col < i32(p.inputWidth);
        let source = select(0u, (rowStart + u32(col)) * channels + channelOf[n], inside);
        xs[j * quadsOfLane + n] = select(vec4f(0.0), real(x[source]), inside);
        continuing {
          n++;
          break if n >= quadsOfLane * p.one;
        }
      }
      ox++;
      let rowEnds = ox == p.outputWidth;
      ox = select(ox, 0u, rowEnds);
      oy += select(0u, 1u, rowEnds);
      let imageEnds = oy == p.outputHeight;
      oy = select(oy, 0u, imageEnds);
      image += select(0u, 1u, imageEnds);
      continuing {
        j++;
        break if j >= 4u * p.one;
      }
    }
    let d0 = ds[0];
    let d1 = ds[1];
    let d2 = ds[2];
    let d3 = ds[3];
    for (var m = 0u; m < 16u; m++) {
      let source = firstLane + m % lanes;
      let v0 = subgroupShuffle(xs[m / lanes], source);
      let v1 = subgroupShuffle(xs[quadsOfLane + m / lanes], source);
      let v2 = subgroupShuffle(xs[2u * quadsOfLane + m / lanes], source);
      let v3 = subgroupShuffle(xs[3u * quadsOfLane + m / lanes], source);
      cx[m] = cx[m] + v0.x * d0 + v1.x * d1 + v2.x * d2 + v3.x * d3;
      cy[m] = cy[m] + v0.y * d0 + v1.y * d1 + v2.y * d2 + v3.y * d3;
      cz[m] = cz[m] + v0.z * d0 + v1.z * d1 + v2.z * d2 + v3.z * d3;
      cw[m] = cw[m] + v0.w * d0 + v1.w * d1 + v2.w * d2 + v3.w * d3;
    }
  }
  if (place != team || quad >= quads) { return; }
  for (var m = 0u; m < 16u; m++) {
    xs[4u * m] = cx[m];
    xs[4u * m + 1u] = cy[m];
    xs[4u * m + 2u] = cz[m];
    xs[4u * m + 3u] = cw[m];
  }
  let firstRow = ((p.firstChunk + chunk) * p.kernelHeight + ky) * run * 4u + first * 4u;
  for (var i = 0u; i < min(64u, (run - first) * 4u); i++) { partial[(firstRow + i) * quads + quad] = xs[i]; }
}
