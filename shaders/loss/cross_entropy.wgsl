// loss/cross_entropy — per sample: loss, its gradient and whether the largest logit is the label's
// target q = (1 - smoothing) r + smoothing / K, r one-hot or the soft label; loss = -sum q log softmax(z);
// dz = (softmax(z) - q) / B
// in  0 logits f32 [B, K]   in 1 labels u32 [B]   in 2 targets f32 [B, K] soft labels, rows add up to 1 (SOFT)
// out 3 samples f32 [B, 2] loss, correct (1 or 0)   out 4 gradient f32 [B, K]
// grid B
// flags SOFT: targets instead of labels, which still say what counts as correct
struct Parameters { invocations : u32, classes : u32, smoothing : f32, scale : f32 }
@group(0) @binding(0) var<storage, read> logits : array<f32>;
@group(0) @binding(1) var<storage, read> labels : array<u32>;
@group(0) @binding(2) var<storage, read> targets : array<f32>;
@group(0) @binding(3) var<storage, read_write> samples : array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient : array<f32>;
@group(0) @binding(5) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let base = index * p.classes;
  let label = labels[index];
  var best = logits[base];
  var winner = 0u;
  for (var k = 1u; k < p.classes; k++) {
    let z = logits[base + k];
    if (z > best) { best = z; winner = k; }
  }
  var sum = 0.0;
  var linear = 0.0;
  for (var k = 0u; k < p.classes; k++) {
    let z = logits[base + k] - best;
    sum += exp(z);
    linear += z;
  }
  let even = p.smoothing / f32(p.classes);
  let logSum = log(sum);
  #if ${SOFT}
  var wanted = 0.0;
  for (var k = 0u; k < p.classes; k++) { wanted += targets[base + k] * (logits[base + k] - best); }
  #else
  _ = &targets;
  let wanted = logits[base + label] - best;
  #endif
  samples[index * 2u] = logSum - (1.0 - p.smoothing) * wanted - even * linear;
  samples[index * 2u + 1u] = select(0.0, 1.0, winner == label);
  for (var k = 0u; k < p.classes; k++) {
    #if ${SOFT}
    let q = even + (1.0 - p.smoothing) * targets[base + k];
    #else
    let q = even + select(0.0, 1.0 - p.smoothing, k == label);
    #endif
    gradient[base + k] = (exp(logits[base + k] - best) / sum - q) * p.scale;
  }
}
