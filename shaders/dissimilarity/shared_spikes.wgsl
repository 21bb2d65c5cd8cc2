// dissimilarity/shared_spikes — n11[t,i,j] = number of neurons that fire for both sample i and sample j (Gram matrix by popcount)
// One invocation owns a 4x4 block of pairs; blocks below the diagonal are mirrored.
// in  0 spikes u32 [T, B, words]
// out 1 counts u32 [T, B, B]
// grid T * blocks * blocks; blocks = ceil(B/4)
struct Parameters { invocations : u32, words : u32, batch : u32, blocks : u32, four : u32, firstStep : u32 }
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read_write> counts : array<u32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let bj = index % p.blocks;
  let bi = (index / p.blocks) % p.blocks;
  let t = index / (p.blocks * p.blocks);
  if (bj < bi) { return; }
  let base = t * p.batch;
  let written = (p.firstStep + t) * p.batch;
  let last = p.batch - 1u;
  var c0 = vec4u(0u);
  var c1 = vec4u(0u);
  var c2 = vec4u(0u);
  var c3 = vec4u(0u);
  var rows : array<u32, 40>;
  for (var w = 0u; w < p.words; w++) {
    for (var k = 0u; k < p.four; k++) {
      rows[k] = spikes[(base + min(bi * 4u + k, last)) * p.words + w];
      rows[k + 4u] = spikes[(base + min(bj * 4u + k, last)) * p.words + w];
    }
    let columns = vec4u(rows[4], rows[5], rows[6], rows[7]);
    c0 += countOneBits(vec4u(rows[0]) & columns);
    c1 += countOneBits(vec4u(rows[1]) & columns);
    c2 += countOneBits(vec4u(rows[2]) & columns);
    c3 += countOneBits(vec4u(rows[3]) & columns);
  }
  var block : array<vec4u, 40>;
  block[0] = c0;
  block[1] = c1;
  block[2] = c2;
  block[3] = c3;
  for (var k = 0u; k < p.four; k++) {
    let i = bi * 4u + k;
    for (var l = 0u; l < p.four; l++) {
      let j = bj * 4u + l;
      if (i < p.batch && j < p.batch) {
        counts[(written + i) * p.batch + j] = block[k][l];
        counts[(written + j) * p.batch + i] = block[k][l];
      }
    }
  }
}
