// encoding/delta — a spike where the input has changed by theta: 1 up, -1 down
// from step to step, d = x[t] - x[t-1]; or FOLLOW: from a reference that moves by theta a spike (send-on-delta)
// in  0 x f32 [steps, B, N]   in 1 start f32 [B, N] reference before the first step (LOAD_STATE)
// out 2 y u32 [steps, B, words] bits of the spikes up, or f32 [steps, B, N] as bits, with those down (SIGNED)
// out 3 finish f32 [B, N] reference after the last step (STORE_STATE)   io 4 faults u32 [1] + inputs that are not finite
// grid B * words
// flags FOLLOW, SIGNED, LOAD_STATE, STORE_STATE
struct Parameters {
  invocations : u32, steps : u32, batch : u32, neurons : u32,
  words : u32, padding : u32, theta : f32,
}
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read> start : array<f32>;
@group(0) @binding(2) var<storage, read_write> y : array<u32>;
@group(0) @binding(3) var<storage, read_write> finish : array<f32>;
@group(0) @binding(4) var<storage, read_write> faults : array<atomic<u32>>;
@group(0) @binding(5) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/encoding"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let sample = index / p.words;
  let word = index % p.words;
  let count = min(32u, p.neurons - word * 32u);
  let first = sample * p.neurons + word * 32u;
  var reference : array<f32, 40>;
  #if ${!LOAD_STATE}
  _ = &start;
  #endif
  for (var j = 0u; j < count; j++) {
    #if ${LOAD_STATE}
    reference[j] = start[first + j];
    #else
    reference[j] = select(0.0, x[first + j], p.padding == 1u);
    #endif
  }
  var wrong = 0u;
  for (var t = 0u; t < p.steps; t++) {
    var bits = 0u;
    for (var j = 0u; j < count; j++) {
      let value = x[t * p.batch * p.neurons + first + j];
      let broken = notFinite(value);
      wrong += select(0u, 1u, broken);
      let change = value - reference[j];
      let up = !broken && change >= p.theta;
      let down = !broken && change <= -p.theta;
      #if ${FOLLOW}
      reference[j] += select(select(0.0, -p.theta, down), p.theta, up);
      #else
      reference[j] = value;
      #endif
      #if ${SIGNED}
      y[t * p.batch * p.neurons + first + j] = bitcast<u32>(select(select(0.0, -1.0, down), 1.0, up));
      #else
      bits |= select(0u, 1u, up) << j;
      #endif
    }
    #if ${!SIGNED}
    y[(t * p.batch + sample) * p.words + word] = bits;
    #endif
  }
  #if ${STORE_STATE}
  for (var j = 0u; j < count; j++) { finish[first + j] = reference[j]; }
  #else
  _ = &finish;
  #endif
  if (wrong > 0u) { atomicAdd(&faults[0], wrong); }
}
