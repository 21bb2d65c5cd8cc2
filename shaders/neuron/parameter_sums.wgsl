// neuron/parameter_sums — y[k, chunk, c] (+)= sum over a chunk's rows of x[k, row, c], rows in order
// Applied twice it reduces what neuron/backward left for each learned number, always in the same order.
// in  0 x f32 [K, rows, C]   out 1 y f32 [K, chunks, C]
// grid K * chunks * C
// flags ACCUMULATE: adds to what is there
struct Parameters { invocations : u32, rows : u32, rowsPerChunk : u32, chunks : u32, columns : u32 }
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read_write> y : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let column = index % p.columns;
  let chunk = index / p.columns % p.chunks;
  let k = index / p.columns / p.chunks;
  let end = min((chunk + 1u) * p.rowsPerChunk, p.rows);
  var sum = 0.0;
  for (var row = chunk * p.rowsPerChunk; row < end; row++) { sum += x[(k * p.rows + row) * p.columns + column]; }
  #if ${ACCUMULATE}
  y[index] += sum;
  #else
  y[index] = sum;
  #endif
}
