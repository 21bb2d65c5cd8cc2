// matrix/product_tile — c[m, n] (+)= sum over k of a[m, k] * b[k, n] (+ bias[n]), by tiles in workgroup memory; needs no feature
// A workgroup owns a tile of 64 rows and 64 columns, an invocation 8 rows and 8 columns of it; 16 k are staged at a time.
// in  0 a f32 [M, K]   in 1 b f32 [K, N]   in 2 bias f32 [N] (BIAS)
// out 3 c f32 [M, N]
// grid ceil(M/64)*ceil(N/64)*64; 8.3 KiB of workgroup memory
// flags ACCUMULATE: adds to c; BIAS: adds binding 2
struct Parameters { invocations : u32, m : u32, n : u32, k : u32 }
@group(0) @binding(0) var<storage, read> a : array<f32>;
@group(0) @binding(1) var<storage, read> b : array<f32>;
@group(0) @binding(2) var<storage, read> bias : array<f32>;
@group(0) @binding(3) var<storage, read_write> c : array<f32>;
@group(0) @binding(4) var<uniform> p : Parameters;

// a is staged transposed, with a column more than a row has, so that neighbouring lanes write different banks
var<workgroup> tileA : array<f32, 1040>;
var<workgroup> tileB : array<f32, 1024>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let columns = (p.n + 63u) / 64u;
  let tile = group.y * groups.x + group.x;
  let m0 = tile / columns * 64u;
  let n0 = tile % columns * 64u;
  let x = local % 8u;
  let y = local / 8u;
  var sums : array<f32, 64>;
  for (var k0 = 0u; k0 < p.k; k0 += 16u) {
    for (var i = local; i < 1024u; i += 64u) {
      let row = m0 + i / 16u;
      let k = k0 + i % 16u;
      let inside = row < p.m && k < p.k;
      tileA[i % 16u * 65u + i / 16u] = select(0.0, a[select(0u, row * p.k + k, inside)], inside);
    }
    for (var i = local; i < 1024u; i += 64u) {
      let k = k0 + i / 64u;
      let column = n0 + i % 64u;
      let inside = k < p.k && column < p.n;
      tileB[i] = select(0.0, b[select(0u, k * p.n + column, inside)], inside);
    }
    workgroupBarrier();
    for (var k = 0u; k < 16u; k++) {
      var left : array<f32, 8>;
      var right : array<f32, 8>;
      for (var i = 0u; i < 8u; i++) { left[i] = tileA[k * 65u + y + 8u * i]; }
      for (var j = 0u; j < 8u; j++) { right[j] = tileB[k * 64u + x + 8u * j]; }
      for (var i = 0u; i < 8u; i++) {
        for (var j = 0u; j < 8u; j++) { sums[i * 8u + j] += left[i] * right[j]; }
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 8u; i++) {
    for (var j = 0u; j < 8u; j++) {
      let row = m0 + y + 8u * i;
      let column = n0 + x + 8u * j;
      if (row < p.m && column < p.n) {
        #if ${ACCUMULATE}
        c[row * p.n + column] += sums[i * 8u + j];
        #elif ${BIAS}
        c[row * p.n + column] = sums[i * 8u + j] + bias[column];
        #else
        c[row * p.n + column] = sums[i * 8u + j];
        #endif
      }
    }
  }
}
