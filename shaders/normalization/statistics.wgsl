// normalization/statistics — merges strip moments into batch statistics (Chan's update, fixed order).
// mean, biased variance over all pixels of a group of images; scale = gamma / sqrt(variance + epsilon), shift = beta - mean * scale
// in  0 moments f32 [images*strips, 2, C'] mean and sum of squared deviations of each strip; C' = C rounded up to 4
// With more rows of gamma and beta than groups, a group's statistics are repeated under the scale and shift of each row.
// in  1 gamma   f32 [affineRows, C]   in 2 beta f32 [affineRows, C] (BETA, else 0); affineRows = 1 or state rows
// out 3 state   f32 [groups*rowsPerGroup, 4, C'] mean, variance, scale, shift
// grid one workgroup for each group and four channels
// flags BETA
struct Parameters {
  quads : u32, channels : u32, strips : u32, pixels : u32,
  imagesPerGroup : u32, stripLength : u32, epsilon : f32, lanes : u32,
  rowsPerGroup : u32, affineRows : u32,
}
@group(0) @binding(0) var<storage, read> moments : array<vec4f>;
@group(0) @binding(1) var<storage, read> gamma : array<f32>;
@group(0) @binding(2) var<storage, read> beta : array<f32>;
@group(0) @binding(3) var<storage, read_write> state : array<vec4f>;
@group(0) @binding(4) var<uniform> p : Parameters;

var<workgroup> means : array<vec4f, 64>;
var<workgroup> deviations : array<vec4f, 64>;
var<workgroup> counts : array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = group.y * groups.x + group.x;
  #if ${!BETA}
  _ = &beta;
  #endif
  let quad = index % p.quads;
  let statisticsSet = index / p.quads;
  let total = p.imagesPerGroup * p.strips;
  let lastLength = f32(p.pixels - (p.strips - 1u) * p.stripLength);
  var count = 0.0;
  var mean = vec4f(0.0);
  var squares = vec4f(0.0);
  for (var i = local; i < total; i += p.lanes) {
    let n = select(f32(p.stripLength), lastLength, i % p.strips == p.strips - 1u);
    let at = (statisticsSet * total + i) * 2u * p.quads + quad;
    let delta = moments[at] - mean;
    let merged = count + n;
    mean += delta * (n / merged);
    squares += moments[at + p.quads] + delta * delta * (count * n / merged);
    count = merged;
  }
  means[local] = mean;
  deviations[local] = squares;
  counts[local] = count;
  workgroupBarrier();
  if (local == 0u) {
    for (var i = 1u; i < p.lanes; i++) {
      let n = counts[i];
      if (n > 0.0) {
        let delta = means[i] - mean;
        let merged = count + n;
        mean += delta * (n / merged);
        squares += deviations[i] + delta * delta * (count * n / merged);
        count = merged;
      }
    }
    let variance = squares / count;
    for (var row = statisticsSet * p.rowsPerGroup; row < (statisticsSet + 1u) * p.rowsPerGroup; row++) {
      let first = select(row, 0u, p.affineRows == 1u) * p.channels + quad * 4u;
      var g = vec4f(0.0);
      var b = vec4f(0.0);
      for (var c = 0u; c < min(4u, p.channels - quad * 4u); c++) {
        g[c] = gamma[first + c];
        #if ${BETA}
        b[c] = beta[first + c];
        #endif
      }
      let scale = g / sqrt(variance + p.epsilon);
      let at = row * 4u * p.quads + quad;
      state[at] = mean;
      state[at + p.quads] = variance;
      state[at + 2u * p.quads] = scale;
      state[at + 3u * p.quads] = b - mean * scale;
    }
  }
}
