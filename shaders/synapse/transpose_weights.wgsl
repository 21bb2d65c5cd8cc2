// synapse/transpose_weights — transposed[k, o, g*I + i] = weights[k, i, g*O + o]: each group's matrix, tap by tap
// in  0 weights    f32 [taps, I, groups*O]; I and O are the channels of one group
// out 1 transposed f32 [taps, O, groups*I]
// grid taps * O * groups*I
struct Parameters { invocations : u32, groupInputs : u32, groupOutputs : u32, groups : u32 }
@group(0) @binding(0) var<storage, read> weights : array<f32>;
@group(0) @binding(1) var<storage, read_write> transposed : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let inputs = p.groups * p.groupInputs;
  let input = index % inputs;
  let output = index / inputs % p.groupOutputs;
  let tap = index / (inputs * p.groupOutputs);
  let row = tap * p.groupInputs + input % p.groupInputs;
  transposed[index] = weights[(row * p.groups + input / p.groupInputs) * p.groupOutputs + output];
}
