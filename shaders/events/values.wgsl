// events/values — counts or voxel sums as numbers, in the middle of a larger square: y = count * 2^-F, at most p.most; 0 around it
// in  0 counts u32 [steps, B, H, W, C], signed where C = 1   in 1 fractions u32 [B] F
// out 2 y f32 [steps, B, OH, OW, C]
// grid steps * B * OH * OW * C
struct Parameters {
  invocations : u32, batch : u32, height : u32, width : u32,
  outHeight : u32, outWidth : u32, channels : u32, top : u32,
  left : u32, most : f32,
}
@group(0) @binding(0) var<storage, read> counts : array<u32>;
@group(0) @binding(1) var<storage, read> fractions : array<u32>;
@group(0) @binding(2) var<storage, read_write> y : array<f32>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let channel = index % p.channels;
  let column = (index / p.channels) % p.outWidth;
  let row = (index / p.channels / p.outWidth) % p.outHeight;
  let image = index / p.channels / p.outWidth / p.outHeight;
  // places left of or above the middle wrap to huge numbers
  let x = column - p.left;
  let line = row - p.top;
  var value = 0.0;
  if (x < p.width && line < p.height) {
    let bits = counts[((image * p.height + line) * p.width + x) * p.channels + channel];
    let scale = bitcast<f32>((127u - fractions[image % p.batch]) << 23u);
    value = min(select(f32(bits), f32(i32(bits)), p.channels == 1u) * scale, p.most);
  }
  y[index] = value;
}
