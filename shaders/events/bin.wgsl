// events/bin — events of a batch counted into frames, or shared between the two nearest bins of time (VOXEL)
// counts[f, b, y, x, c] += 1, f the last frame with bounds[b, f] <= key < bounds[b, T]; key: time in µs, or place in the sample
// VOXEL: floor((t - a) 2^F / (a' - a)) to bin f + 1 and the rest of 2^F to f, for a = bounds[b, f] <= t < a' = bounds[b, f + 1]
// Sums of whole numbers: the same bits in any order. One invocation walks a strip of events of one sample.
// in  0 events vec2u [E] x | y << 16 | polarity << 31, µs from the sample's start
// in  1 strips vec4u [S] sample, first event, count (0..32) | F << 8, place of the first event in the sample
// in  2 bounds u32 [B, T + 1]   io 3 counts u32 [steps, B, H, W, C] frames firstFrame .. firstFrame + steps - 1
// grid S
// flags VOXEL; C = 2 keeps polarities apart, C = 1 counts both together, or subtracts OFF from ON (VOXEL)
struct Parameters {
  invocations : u32, frames : u32, batch : u32, height : u32,
  width : u32, channels : u32, firstFrame : u32, steps : u32,
  byIndex : u32,
}
@group(0) @binding(0) var<storage, read> events : array<vec2u>;
@group(0) @binding(1) var<storage, read> strips : array<vec4u>;
@group(0) @binding(2) var<storage, read> bounds : array<u32>;
@group(0) @binding(3) var<storage, read_write> counts : array<atomic<u32>>;
@group(0) @binding(4) var<uniform> p : Parameters;

#include "lib/grid"

// adds to the cell of an event in a frame, if this slab has that frame
fn addTo(frame : u32, sample : u32, place : u32, amount : u32) {
  if (frame < p.firstFrame || frame >= p.firstFrame + p.steps) { return; }
  let pixel = (((frame - p.firstFrame) * p.batch + sample) * p.height + ((place >> 16u) & 0x7fffu)) * p.width + (place & 0xffffu);
  let polarity = place >> 31u;
  #if ${VOXEL}
  let signed = select(0u - amount, amount, polarity == 1u || p.channels == 2u);
  #else
  let signed = amount;
  #endif
  atomicAdd(&counts[pixel * p.channels + select(0u, polarity, p.channels == 2u)], signed);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let strip = strips[index];
  let count = strip.z & 0xffu;
  let row = strip.x * (p.frames + 1u);
  // frame of the last event, and its bounds: most events are in the frame of the one before
  var frame = 0u;
  var low = 1u;
  var high = 0u;
  for (var j = 0u; j < count; j++) {
    let event = events[strip.y + j];
    let key = select(event.y, strip.w + j, p.byIndex == 1u);
    if (key < low || key >= high) {
      var first = 0u;
      var last = p.frames;
      while (last - first > 1u) {
        let middle = (first + last) >> 1u;
        if (bounds[row + middle] <= key) { first = middle; } else { last = middle; }
      }
      frame = first;
      low = bounds[row + first];
      high = bounds[row + first + 1u];
      // keys before the first or past the last frame leave the bounds empty of themselves
      if (key < low || key >= high) { low = 1u; high = 0u; continue; }
    }
    #if ${VOXEL}
    let bits = strip.z >> 8u;
    let length = high - low;
    var rest = key - low;
    var late = 0u;
    for (var k = 0u; k < bits; k++) {
      // twice the rest against the length, without leaving 32 bits
      let carries = rest >= length - rest;
      late = (late << 1u) | select(0u, 1u, carries);
      rest = select(rest + rest, rest - (length - rest), carries);
    }
    if (frame + 1u < p.frames) {
      addTo(frame, strip.x, event.x, (1u << bits) - late);
      addTo(frame + 1u, strip.x, event.x, late);
    } else {
      addTo(frame, strip.x, event.x, 1u << bits);
    }
    #else
    addTo(frame, strip.x, event.x, 1u);
    #endif
  }
}
