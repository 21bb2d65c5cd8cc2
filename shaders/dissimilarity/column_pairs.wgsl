// dissimilarity/column_pairs — for one record (population, step): sum over neurons of 2 c (B - c) and of c, where c is
// the number of samples in which the neuron fires. Equals the sum of all pairwise Hamming distances (sheet 00, 4.5).
// Counts are kept as bit planes of 32 neurons at once, eleven for batches up to 2047; integers only, so every adapter
// gives the same result.
// in  0 spikes u32 [T, B, words]
// out 1 sums   u32 [T, groups, 2]; groups = ceil(words/64), one partial a workgroup
// grid T * groups workgroups
struct Parameters { words : u32, batch : u32, groups : u32, lanes : u32, firstRecord : u32 }
@group(0) @binding(0) var<storage, read> spikes : array<u32>;
@group(0) @binding(1) var<storage, read_write> sums : array<u32>;
@group(0) @binding(2) var<uniform> p : Parameters;

var<workgroup> pairs : array<u32, 64>;
var<workgroup> ones : array<u32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = group.y * groups.x + group.x;
  let word = (index % p.groups) * 64u + local;
  let t = index / p.groups;
  var pairSum = 0u;
  var oneSum = 0u;
  if (word < p.words) {
    // loops over exactly the planes are unrolled, and the planes stay in registers
    var planes : array<u32, 11>;
    for (var b = 0u; b < p.batch; b++) {
      var carry = spikes[(t * p.batch + b) * p.words + word];
      for (var k = 0u; k < 11u; k++) {
        let old = planes[k];
        planes[k] = old ^ carry;
        carry &= old;
      }
    }
    // c = sum over k of 2^k plane k, so the sums of c and of c^2 are those of planes and of pairs of planes
    var squareSum = 0u;
    for (var k = 0u; k < 11u; k++) {
      oneSum += countOneBits(planes[k]) << k;
      for (var l = 0u; l < 11u; l++) {
        let both = planes[k] & planes[l];
        squareSum += countOneBits(both) << (k + l);
      }
    }
    pairSum = 2u * (p.batch * oneSum - squareSum);
  }
  pairs[local] = pairSum;
  ones[local] = oneSum;
  workgroupBarrier();
  if (local == 0u) {
    for (var i = 1u; i < p.lanes; i++) {
      pairSum += pairs[i];
      oneSum += ones[i];
    }
    sums[(p.firstRecord + index) * 2u] = pairSum;
    sums[(p.firstRecord + index) * 2u + 1u] = oneSum;
  }
}
