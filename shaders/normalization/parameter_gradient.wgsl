// normalization/parameter_gradient — dgamma (+)= sum over groups of merged[.,1], dbeta (+)= sum over groups of merged[.,0]
// in  0 merged f32 [groups, 2, C']
// out 1 dgamma f32 [C]   out 2 dbeta f32 [C]
// grid C
struct Parameters { channels : u32, padded : u32, groups : u32 }
@group(0) @binding(0) var<storage, read> merged : array<f32>;
@group(0) @binding(1) var<storage, read_write> dgamma : array<f32>;
@group(0) @binding(2) var<storage, read_write> dbeta : array<f32>;
@group(0) @binding(3) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let c = invocationIndex(group, groups, local);
  if (c >= p.channels) { return; }
  var a = 0.0;
  var b = 0.0;
  for (var g = 0u; g < p.groups; g++) {
    b += merged[g * 2u * p.padded + c];
    a += merged[(g * 2u + 1u) * p.padded + c];
  }
  #if ${ACCUMULATE}
  dgamma[c] += a;
  dbeta[c] += b;
  #else
  dgamma[c] = a;
  dbeta[c] = b;
  #endif
}
