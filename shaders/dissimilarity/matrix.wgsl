// dissimilarity/matrix — how far apart or how alike samples i and j are at each step, from shared spikes n11, N neurons
// (sheet 00, sections 4.1 to 4.3). With a = n11[i,i], b = n11[j,j] and the Hamming distance H = a + b - 2 n11[i,j]:
// KIND 0 H / N; 1 Jaccard n11 / (H + n11), 1 for two silent samples; 2 cosine n11 / sqrt(a b), 0 for a silent one;
// 3 Pearson (N n11 - a b) / sqrt(a (N-a) b (N-b)), 0 where a sample is constant;
// 4 the sparsity-aware difference D = H / 2 / (E + 0.001), E = (a (N-b) + (N-a) b) / N; its kernel is K = N - D
// in  0 gram u32 [T, B, B]   out 1 matrix f32 [T, B, B]
// grid T * B * B
struct Parameters { invocations : u32, batch : u32, neurons : f32 }
@group(0) @binding(0) var<storage, read> gram : array<u32>;
@group(0) @binding(1) var<storage, read_write> matrix : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;

#include "lib/grid"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let pairs = p.batch * p.batch;
  let first = index / pairs * pairs;
  let a = f32(gram[first + index % pairs / p.batch * (p.batch + 1u)]);
  let b = f32(gram[first + index % p.batch * (p.batch + 1u)]);
  let both = f32(gram[index]);
  let different = a + b - 2.0 * both;
  let n = p.neurons;
  #if ${KIND == 0}
  matrix[index] = different / n;
  #elif ${KIND == 1}
  matrix[index] = select(both / max(different + both, 1.0), 1.0, different + both == 0.0);
  #elif ${KIND == 2}
  matrix[index] = both / max(sqrt(a) * sqrt(b), 1.0);
  #elif ${KIND == 3}
  let spread = sqrt(a * (n - a)) * sqrt(b * (n - b));
  matrix[index] = select(0.0, (n * both - a * b) / max(spread, 1e-6), spread > 0.0);
  #else
  matrix[index] = 0.5 * different / ((a * (n - b) + (n - a) * b) / n + 1e-3);
  #endif
}
