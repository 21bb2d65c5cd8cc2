// synapse/sum_partials — result[r, c] (+)= sum over chunks of partial[chunk, r, place of c], in order; each group of columns is padded
// in  0 partial f32 [chunks, rows, groups*padded]
// out 1 result  f32 [rows, groups*columns]
// grid rows * groups*columns
// flags ACCUMULATE: adds to what is there
struct Parameters { invocations : u32, rows : u32, groups : u32, columns : u32, padded : u32, chunks : u32 }
@group(0) @binding(0) var<storage, read> partial : array<f32>;
@group(0) @binding(1) var<storage, read_write> result : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let width = p.groups * p.columns;
  let column = index % width;
  let place = column / p.columns * p.padded + column % p.columns;
  let row = index / width;
  var sum = 0.0;
  for (var chunk = 0u; chunk < p.chunks; chunk++) { sum += partial[(chunk * p.rows + row) * p.groups * p.padded + place]; }
  #if ${ACCUMULATE}
  result[index] += sum;
  #else
  result[index] = sum;
  #endif
}
