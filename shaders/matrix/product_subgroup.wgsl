// matrix/product_subgroup — c[m, n] (+)= sum over k of a[m, k] * b[k, n] (+ bias[n]), for subgroups of at least 8 lanes
// Eight lanes form a team, which owns 16·STRIPS rows and 32 columns, four a lane. Each lane loads four k of every row;
// shuffles hand them round. Each lane loads b of its own columns.
// in  0 a f32 [M, K]   in 1 b f32 [K, N]   in 2 bias f32 [N] (BIAS)
// out 3 c f32 [M, N]
// grid ceil(ceil(M/(16*STRIPS))*ceil(N/32)/8)*64
// flags STRIPS: 1 or 4; ACCUMULATE: adds to c; BIAS: adds binding 2. K and N are multiples of 4.
enable subgroups;
struct Parameters { invocations : u32, m : u32, n : u32, k : u32, one : u32 }
@group(0) @binding(0) var<storage, read> a : array<vec4f>;
@group(0) @binding(1) var<storage, read> b : array<vec4f>;
@group(0) @binding(2) var<storage, read> bias : array<vec4f>;
@group(0) @binding(3) var<storage, read_write> c : array<vec4f>;
@group(0) @binding(4) var<uniform> p : Parameters;

alias Strip = array<vec4f, 16>;

fn store(result : ptr<function, Strip>, first : u32, column : u32) {
  // longer than 32, so that drivers keep an array with a dynamic index in memory
  var kept : array<vec4f, 40>;
  #if ${BIAS}
  let start = bias[column];
  for (var i = 0u; i < 16u; i++) { kept[i] = (*result)[i] + start; }
  #else
  _ = &bias;
  for (var i = 0u; i < 16u; i++) { kept[i] = (*result)[i]; }
  #endif
  for (var i = 0u; i < 16u * p.one; i++) {
    if (first + i >= p.m) { break; }
    let at = (first + i) * (p.n / 4u) + column;
    #if ${ACCUMULATE}
    c[at] += kept[i];
    #else
    c[at] = kept[i];
    #endif
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32, @builtin(subgroup_invocation_id) subgroupLane : u32) {
  let lane = subgroupLane & 7u;
  let firstLane = subgroupLane - lane;
  let columns = (p.n + 31u) / 32u;
  let rows = (p.m + ${16 * STRIPS - 1}u) / ${16 * STRIPS}u;
  let place = (group.y * groups.x + group.x) * 8u + local / 8u;
  // teams past the end repeat the last one's work, since all must take part in shuffles, and store nothing
  let team = min(place, rows * columns - 1u);
  let m0 = team / columns * ${16 * STRIPS}u;
  let quads = p.n / 4u;
  let quad = team % columns * 8u + lane;
  let column = min(quad, quads - 1u);
  let depth = p.k / 4u;

  var c0 : Strip;
  #if ${STRIPS == 4}
  var c1 : Strip;
  var c2 : Strip;
  var c3 : Strip;
  #endif
  var x : array<vec4f, 64>;
  for (var k0 = 0u; k0 < depth; k0 += 8u) {
    // lanes past the end of a row bring numbers that nobody asks for
    let k = min(k0 + lane, depth - 1u);
    // loops of few trips test at the end: a driver without branches goes through the body once more otherwise
    var i = 0u;
    loop {
      x[i] = a[min(m0 + i, p.m - 1u) * depth + k];
      continuing {
        i++;
        break if i >= ${16 * STRIPS}u * p.one;
      }
    }
    var q = 0u;
    loop {
      let row = (k0 + q) * 4u * quads + column;
      let b0 = b[row];
      let b1 = b[row + quads];
      let b2 = b[row + 2u * quads];
      let b3 = b[row + 3u * quads];
      let source = firstLane + q;
      for (var i = 0u; i < 16u; i++) {
        let v = subgroupShuffle(x[i], source);
        c0[i] = c0[i] + v.x * b0 + v.y * b1 + v.z * b2 + v.w * b3;
      }
      #if ${STRIPS == 4}
      for (var i = 0u; i < 16u; i++) {
        let v = subgroupShuffle(x[i + 16u], source);
        c1[i] = c1[i] + v.x * b0 + v.y * b1 + v.z * b2 + v.w * b3;
      }
      for (var i = 0u; i < 16u; i++) {
        let v = subgroupShuffle(x[i + 32u], source);
        c2[i] = c2[i] + v.x * b0 + v.y * b1 + v.z * b2 + v.w * b3;
      }
      for (var i = 0u; i < 16u; i++) {
        let v = subgroupShuffle(x[i + 48u], source);
        c3[i] = c3[i] + v.x * b0 + v.y * b1 + v.z * b2 + v.w * b3;
      }
      #endif
      continuing {
        q++;
        break if q >= min(8u, depth - k0);
      }
    }
  }
  if (place != team || quad >= quads) { return; }
  store(&c0, m0, quad);
  #if ${STRIPS == 4}
  store(&c1, m0 + 16u, quad);
  store(&c2, m0 + 32u, quad);
  store(&c3, m0 + 48u, quad);
  #endif
}
