// neuron/finite_check — counts the numbers of x that are not finite: a neuron would pass over them in silence
// in  0 x f32 [N], or u32 [N/2] with two halves a word (HALF_IN)   io 1 faults u32 [1] + numbers that are NaN or infinite
// grid count/16, count = N or N/2
// flags HALF_IN
struct Parameters { invocations : u32, count : u32 }
#if ${HALF_IN}
@group(0) @binding(0) var<storage, read> x : array<u32>;
#else
@group(0) @binding(0) var<storage, read> x : array<f32>;
#endif
@group(0) @binding(1) var<storage, read_write> faults : array<atomic<u32>>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/encoding"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let end = min(index * 16u + 16u, p.count);
  var wrong = 0u;
  for (var i = index * 16u; i < end; i++) {
    #if ${HALF_IN}
    let two = vec2u(x[i], x[i] >> 16u) & vec2u(0x7c00u);
    wrong += select(0u, 1u, two.x == 0x7c00u) + select(0u, 1u, two.y == 0x7c00u);
    #else
    wrong += select(0u, 1u, notFinite(x[i]));
    #endif
  }
  if (wrong > 0u) { atomicAdd(&faults[0], wrong); }
}
