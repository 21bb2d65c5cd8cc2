// encoding/rank — step of each element in a rank-order code: the k-th largest of a sample at step floor(k / b),
// b = max(1, floor(positive / T)); equal values in the order of channel, row, column (sheet 14, section 3.6)
// in  0 x f32 [B, P, C]   out 1 steps u32 [B, P, C]; 0xffffffff for values that are not positive
// io  2 faults u32 [1] + values that are not finite, which never fire
// grid B * ceil(P*C / 16): an invocation ranks 16 neighbours, so that each load serves 16 comparisons
struct Parameters { invocations : u32, neurons : u32, channels : u32, pixels : u32, groups : u32, total : u32 }
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read_write> steps : array<u32>;
@group(0) @binding(2) var<storage, read_write> faults : array<atomic<u32>>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/encoding"

fn usable(value : f32) -> f32 { return select(value, 0.0, notFinite(value)); }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let base = index / p.groups * p.neurons;
  let first = index % p.groups * 16u;
  var value : array<f32, 16>;
  var order : array<u32, 16>;
  var rank : array<u32, 16>;
  var wrong = 0u;
  for (var k = 0u; k < 16u; k++) {
    let i = min(first + k, p.neurons - 1u);
    let own = x[base + i];
    wrong += select(0u, 1u, notFinite(own) && first + k < p.neurons);
    value[k] = usable(own);
    order[k] = (i % p.channels) * p.pixels + i / p.channels;
  }
  var positive = 0u;
  var channel = 0u;
  var pixel = 0u;
  for (var j = 0u; j < p.neurons; j++) {
    let other = usable(x[base + j]);
    let place = channel * p.pixels + pixel;
    positive += select(0u, 1u, other > 0.0);
    for (var k = 0u; k < 16u; k++) {
      rank[k] += select(0u, 1u, other > value[k] || (other == value[k] && place < order[k]));
    }
    channel++;
    if (channel == p.channels) { channel = 0u; pixel++; }
  }
  let perStep = max(1u, positive / p.total);
  for (var k = 0u; k < 16u; k++) {
    if (first + k < p.neurons) {
      steps[base + first + k] = select(0xffffffffu, rank[k] / perStep, value[k] > 0.0);
    }
  }
  if (wrong > 0u) { atomicAdd(&faults[0], wrong); }
}
