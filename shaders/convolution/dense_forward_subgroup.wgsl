// convolution/dense_forward_subgroup — convolution/dense_forward for adapters whose subgroups have at least 8 lanes.
// p.lanes neighbouring lanes (1, 2, 4 or 8) form a team. It owns 16·STRIPS output pixels of one run and 4·lanes output
// channels, four a lane. A run is an image or, so that strips are full where images are small, all images in a row. The
// inputs that one kernel row meets, kernelWidth·CI numbers that lie side by side, are loaded by the team's lanes in turn
// and handed round by shuffles; each lane loads the weights of its own channels.
// With flipped weights (convolution/flip_weights) it is also the gradient by the input at stride 1.
// in  0 x       f32 [images, H, W, inputStride]      channels inputOffset .. inputOffset+CI-1
// in  1 weights f32 [kernelHeight, kernelWidth, CI, CO]
// in  2 bias    f32 [CO] (BIAS)
// out 3 y       f32 [images, OH, OW, outputStride]   channels outputOffset .. outputOffset+CO-1
// out 4 moments f32 [images*strips, 2, momentStride] of each 16 pixels (MOMENTS, where runs are images)
// grid ceil(runs*blocks/(64/lanes))*64 * ceil(CO/(4*lanes)); blocks = ceil(strips/STRIPS), strips = ceil(runPixels/16)
// flags VEC_IN: CI, inputStride and inputOffset are multiples of 4; BIAS; MOMENTS; ACCUMULATE: adds to y;
//       STRIPS: 1 or 4. CO, outputStride and outputOffset are multiples of 4.
//       HALF_IN, with VEC_IN: x is f16 (lib/half); HALF_OUT, without ACCUMULATE: y is f16 (lib/half), moments are of the numbers before rounding
enable subgroups;
struct Parameters {
  invocations : u32, inputHeight : u32, inputWidth : u32, inputChannels : u32,
  outputHeight : u32, outputWidth : u32, outputChannels : u32, kernelHeight : u32,
  kernelWidth : u32, stride : u32, crop : u32, padding : u32,
  outputStride : u32, outputOffset : u32, strips : u32, momentStride : u32,
  firstImage : u32, stripLength : u32, runs : u32, inputStride : u32,
  inputOffset : u32, lanes : u32, runPixels : u32,
}
alias Element = vec4f;
#include "lib/half"
#include "lib/half_target"
#if ${HALF_IN}
@group(0) @binding(0) var<storage, read> x : array<vec2u>;
#elif ${VEC_IN}
@group(0) @binding(0) var<storage, read> x : array<vec4f>;
#else
@group(0) @binding(0) var<storage, read> x : array<f32>;
#endif
#if ${VEC_IN}
alias Input = vec4f;
const inputWidthOfLane = 4u;
#else
alias Input = f32;
const inputWidthOfLane = 1u;
#endif
@group(0) @binding(1) var<storage, read> weights : array<vec4f>;
@group(0) @binding(2) var<storage, read> bias : array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y : array<Target>;
@group(0) @binding(4) var<storage, read_write> moments : array<vec4f>;
@group(0) @binding(5) var<uniform> p : Parameters;

alias Strip = array<vec4f, 16>;
// longer than 32, so that drivers keep arrays with a dynamic index in memory
alias Loaded = array<Input, 64>;

// results of all strips, so that the text that stores them stands here once: compiling it costs drivers much
var<private> kept : array<vec4f, 64>;

fn finish(first : u32, run : u32, strip : u32, quad : u32) {
  let pixels = min(p.stripLength, p.runPixels - strip * p.stripLength);
  var sum = vec4f(0.0);
  for (var i = 0u; i < pixels; i++) {
    let pixel = run * p.runPixels + strip * p.stripLength + i;
    let at = (pixel * p.outputStride + p.outputOffset) / 4u + quad;
    let value = kept[first + i];
    #if ${ACCUMULATE}
    y[at] += value;
    #else
    y[at] = stored(value);
    #endif
    sum += value;
  }
  #if ${MOMENTS}
  let mean = sum / f32(pixels);
  var deviations = vec4f(0.0);
  for (var i = 0u; i < pixels; i++) {
    let apart = kept[first + i] - mean;
    deviations += apart * apart;
  }
  let at = ((p.firstImage + run) * p.strips + strip) * 2u * p.momentStride + p.outputOffset;
  moments[at / 4u + quad] = mean;
  moments[(at + p.momentStride) / 4u + quad] = deviations;
  #else
  _ = &moments;
  #endif
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32, @builtin(subgroup_invocation_id) subgroupLane : u32) {
  let workgroup = group.y * groups.x + group.x;
  let columns = (p.outputChannels / 4u + p.lanes - 1u) / p.lanes;
  let blocks = (p.strips + ${STRIPS - 1}u) / ${STRIPS}u;
  let lane = subgroupLane % p.lanes;
  let firstLane = subgroupLane - lane;
  let quad = workgroup % columns * p.lanes + lane;
  let place = workgroup / columns * (64u / p.lanes) + local / p.lanes;
  // teams past the end work on the last block with the others, since all must take part in shuffles, and store nothing
  let block = min(place, p.runs * blocks - 1u);
  let run = block / blocks;
  let firstPixel = block % blocks * ${16 * STRIPS}u;
  let origin = i32(p.crop) - i32(p.padding);
  let quads = p.outputChannels / 4u;
  // lanes past the last channel do their work twice
  let column = min(quad, quads - 1u);

  var rowOf : array<i32, 64>;
  var columnOf : array<i32, 64>;
  // where the window's first input lies, as if there were no borders
  var placeOf : array<i32, 64>;
  // stepped by hand: an integer division costs as much as a load
  let pixels = p.outputHeight * p.outputWidth;
  let step = i32(p.inputStride / inputWidthOfLane);
  var image = (run * p.runPixels + firstPixel) / pixels;
  var oy = firstPixel % pixels / p.outputWidth;
  var ox = firstPixel % pixels % p.outputWidth;
  for (var i = 0u; i < ${STRIPS}u * p.stripLength; i++) {
    let row = i32(oy * p.stride) + origin;
    let col = i32(ox * p.stride) + origin;
    rowOf[i] = select(-65536, row, firstPixel + i < p.runPixels);
    columnOf[i] = col;
    placeOf[i] = ((i32(image * p.inputHeight) + row) * i32(p.inputWidth) + col) * step;
    ox++;
    if (ox == p.outputWidth) { ox = 0u; oy++; }
    if (oy == p.outputHeight) { oy = 0u; image++; }
  }
  var start = vec4f(0.0);
  #if ${BIAS}
  start = bias[column];
  #else
  _ = &bias;
  #endif
  var c0 : Strip;
  for (var i = 0u; i < 16u; i++) { c0[i] = start; }
  #if ${STRIPS == 4}
  var c1 : Strip;
  var c2 : Strip;
  var c3 : Strip;
  for (var i = 0u; i < 16u; i++) { c1[i] = start; c2[i] = start; c3[i] = start; }
  #endif
  var a : Loaded;
  let channels = p.inputChannels / inputWidthOfLane;
  let rowInputs = p.kernelWidth * channels;
  for (var ky = 0; ky < i32(p.kernelHeight); ky++) {
    for (var first = 0u; first < rowInputs; first += p.lanes) {
      let mine = first + lane;
      let kx = i32(mine / channels);
      let offset = (ky * i32(p.inputWidth) + kx) * step + i32(p.inputOffset / inputWidthOfLane + mine % channels);
      var i = 0u;
      loop {
        let row = rowOf[i] + ky;
        let col = columnOf[i] + kx;
        let inside = mine < rowInputs && row >= i32(p.crop) && row < i32(p.inputHeight) && col >= i32(p.crop) && col < i32(p.inputWidth);
        let at = select(0, placeOf[i] + offset, inside);
        #if ${HALF_IN}
        let value = fromHalves(x[at]);
        #else
        let value = x[at];
        #endif
        a[i] = select(Input(0.0), value, inside);
        continuing {
          i++;
          break if i >= ${STRIPS}u * p.stripLength;
        }
      }
      var q = 0u;
      loop {
        let row = ((u32(ky) * rowInputs + first + q) * inputWidthOfLane) * quads + column;
        let w0 = weights[row];
        #if ${VEC_IN}
        let w1 = weights[row + quads];
        let w2 = weights[row + 2u * quads];
        let w3 = weights[row + 3u * quads];
        for (var i = 0u; i < 16u; i++) {
          let v = subgroupShuffle(a[i], firstLane + q);
          c0[i] = c0[i] + v.x * w0 + v.y * w1 + v.z * w2 + v.w * w3;
        }
        #if ${STRIPS == 4}
        for (var i = 0u; i < 16u; i++) {
          let v = subgroupShuffle(a[i + 16u], firstLane + q);
          c1[i] = c1[i] + v.x * w0 + v.y * w1 + v.z * w2 + v.w * w3;
        }
        for (var i = 0u; i < 16u; i++) {
          let v = subgroupShuffle(a[i + 32u], firstLane + q);
          c2[i] = c2[i] + v.x * w0 + v.y * w1 + v.z * w2 + v.w * w3;
        }
        for (var i = 0u; i < 16u; i++) {
          let v = subgroupShuffle(a[i + 48u], firstLane + q);
          c3[i] = c3[i] + v.x * w0 + v.y * w1 + v.z * w2 + v.w * w3;
        }
        #endif
        #else
        for (var i = 0u; i < 16u; i++) { c0[i] += subgroupShuffle(a[i], firstLane + q) * w0; }
        #if ${STRIPS == 4}
        for (var i = 0u; i < 16u; i++) { c1[i] += subgroupShuffle(a[i + 16u], firstLane + q) * w0; }
        for (var i = 0u; i < 16u; i++) { c2[i] += subgroupShuffle(a[i + 32u], firstLane + q) * w0; }
        for (var i = 0u; i < 16u; i++) { c3[i] += subgroupShuffle(a[i + 48u], firstLane + q) * w0; }
        #endif
        #endif
        continuing {
          q++;
          break if q >= min(p.lanes, rowInputs - first);
        }
      }
    }
  }
  if (place != block || quad * 4u >= p.outputChannels) { return; }
  for (var i = 0u; i < 16u; i++) { kept[i] = c0[i]; }
  #if ${STRIPS == 4}
  for (var i = 0u; i < 16u; i++) { kept[i + 16u] = c1[i]; kept[i + 32u] = c2[i]; kept[i + 48u] = c3[i]; }
  #endif
  let strip = firstPixel / p.stripLength;
  for (var k = 0u; k < min(${STRIPS}u, p.strips - strip); k++) { finish(16u * k, run, strip + k, quad); }
}
