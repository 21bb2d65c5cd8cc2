// normalization/parameter_gradient — dgamma (+)= sum of merged[.,1], dbeta (+)= sum of merged[.,0]: over all groups into one row, or each group into its own
// in  0 merged f32 [groups, 2, C']
// out 1 dgamma f32 [rows, C]   out 2 dbeta f32 [rows, C] (BETA); rows = 1 or groups
// grid rows * C
// flags BETA; ACCUMULATE: adds to what is there
struct Parameters { invocations : u32, channels : u32, padded : u32, groups : u32, rows : u32 }
@group(0) @binding(0) var<storage, read> merged : array<f32>;
@group(0) @binding(1) var<storage, read_write> dgamma : array<f32>;
@group(0) @binding(2) var<storage, read_write> dbeta : array<f32>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let c = index % p.channels;
  var a = 0.0;
  var b = 0.0;
  for (var g = index / p.channels; g < p.groups; g += p.rows) {
    b += merged[g * 2u * p.padded + c];
    a += merged[(g * 2u + 1u) * p.padded + c];
  }
  #if ${ACCUMULATE}
  dgamma[index] += a;
  #else
  dgamma[index] = a;
  #endif
  #if ${BETA && ACCUMULATE}
  dbeta[index] += b;
  #elif ${BETA}
  dbeta[index] = b;
  #else
  _ = &dbeta;
  #endif
}
