// neuron/psn_weight_gradient — dW[t, s] = sum over neurons of gh[t] x[s], db[t] of gh[t]: partial sums of chunks of neurons,
// neurons in order, to be added by neuron/parameter_sums
// in  0 gh f32 [T, neurons]   in 1 x f32 [T, neurons]   out 2 partial f32 [T, T + 1, chunks]
// grid T * (T + 1) * chunks
struct Parameters { invocations : u32, steps : u32, neurons : u32, perChunk : u32, chunks : u32 }
@group(0) @binding(0) var<storage, read> gh : array<f32>;
@group(0) @binding(1) var<storage, read> x : array<f32>;
@group(0) @binding(2) var<storage, read_write> partial : array<f32>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let chunk = index % p.chunks;
  let entry = index / p.chunks;
  let s = entry % (p.steps + 1u);
  let t = entry / (p.steps + 1u);
  // the last column is the threshold b, which sees 1 in place of an input
  let constant = s == p.steps;
  let source = min(s, p.steps - 1u) * p.neurons;
  let end = min((chunk + 1u) * p.perChunk, p.neurons);
  var sum = 0.0;
  for (var n = chunk * p.perChunk; n < end; n++) {
    sum += gh[t * p.neurons + n] * select(x[source + n], 1.0, constant);
  }
  partial[index] = sum;
}
