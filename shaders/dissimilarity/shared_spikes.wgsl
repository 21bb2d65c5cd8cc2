// dissimilarity/shared_spikes — n11[t,i,j] = number of neurons that fire for both sample i and sample j (Gram matrix by popcount)
// One invocation owns a 4x4 block of pairs; blocks below the diagonal are mirrored.
// in  0 spikes u32 [T, B, words]
// out 1 counts u32 [T, B, B]
// grid T * blocks * blocks; blocks = ceil(B/4)
// flags VEC: words come in fours, and p.words counts fours
struct Parameters { invocations : u32, words : u32, batch : u32, blocks : u32, four : u32, firstStep : u32 }
#if ${VEC}
alias Word = vec4u;
#else
alias Word = u32;
#endif
@group(0) @binding(0) var<storage, read> spikes : array<Word>;
@group(0) @binding(1) var<storage, read_write> counts : array<u32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

// spikes that a word of one sample shares with the words of four others
fn sharedWith(row : Word, j0 : Word, j1 : Word, j2 : Word, j3 : Word) -> vec4u {
  #if ${VEC}
  return countOneBits(vec4u(row.x) & vec4u(j0.x, j1.x, j2.x, j3.x)) + countOneBits(vec4u(row.y) & vec4u(j0.y, j1.y, j2.y, j3.y))
    + countOneBits(vec4u(row.z) & vec4u(j0.z, j1.z, j2.z, j3.z)) + countOneBits(vec4u(row.w) & vec4u(j0.w, j1.w, j2.w, j3.w));
  #else
  return countOneBits(vec4u(row) & vec4u(j0, j1, j2, j3));
  #endif
}

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
  // eight loads by name: words in a private array took four fifths of the time on a software driver
  let i = (vec4u(base) + min(vec4u(bi * 4u) + vec4u(0u, 1u, 2u, 3u), vec4u(last))) * p.words;
  let j = (vec4u(base) + min(vec4u(bj * 4u) + vec4u(0u, 1u, 2u, 3u), vec4u(last))) * p.words;
  for (var w = 0u; w < p.words; w++) {
    let j0 = spikes[j.x + w];
    let j1 = spikes[j.y + w];
    let j2 = spikes[j.z + w];
    let j3 = spikes[j.w + w];
    c0 += sharedWith(spikes[i.x + w], j0, j1, j2, j3);
    c1 += sharedWith(spikes[i.y + w], j0, j1, j2, j3);
    c2 += sharedWith(spikes[i.z + w], j0, j1, j2, j3);
    c3 += sharedWith(spikes[i.w + w], j0, j1, j2, j3);
  }
  var block : array<vec4u, 40>;
  block[0] = c0;
  block[1] = c1;
  block[2] = c2;
  block[3] = c3;
  for (var k = 0u; k < p.four; k++) {
    let row = bi * 4u + k;
    for (var l = 0u; l < p.four; l++) {
      let column = bj * 4u + l;
      if (row < p.batch && column < p.batch) {
        counts[(written + row) * p.batch + column] = block[k][l];
        counts[(written + column) * p.batch + row] = block[k][l];
      }
    }
  }
}
