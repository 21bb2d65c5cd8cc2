// synapse/bias_partials — partial[chunk, c] = sum over the rows of a chunk of dy[r, c], in order: gradient of a bias
// in  0 dy      f32 [rows, columns]
// out 1 partial f32 [chunks, lanes]
// grid chunks * lanes
// flags VEC: a lane is four columns, else one
struct Parameters { invocations : u32, rows : u32, lanes : u32, rowsPerChunk : u32, firstChunk : u32 }
#include "lib/element"
@group(0) @binding(0) var<storage, read> dy : array<Element>;
@group(0) @binding(1) var<storage, read_write> partial : array<Element>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let chunk = index / p.lanes;
  let last = min((chunk + 1u) * p.rowsPerChunk, p.rows);
  var sum = Element(0.0);
  for (var row = chunk * p.rowsPerChunk; row < last; row++) { sum += dy[row * p.lanes + index % p.lanes]; }
  partial[p.firstChunk * p.lanes + index] = sum;
}
