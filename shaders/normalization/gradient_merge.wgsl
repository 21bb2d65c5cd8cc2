// normalization/gradient_merge — adds the strip sums of each group (fixed order)
// in  0 sums   f32 [groups*total, 2, C']
// out 1 merged f32 [groups, 2, C'] sum of g, sum of g * xhat
// grid one workgroup for each group and four channels
struct Parameters { quads : u32, total : u32, lanes : u32 }
@group(0) @binding(0) var<storage, read> sums : array<vec4f>;
@group(0) @binding(1) var<storage, read_write> merged : array<vec4f>;
@group(0) @binding(2) var<uniform> p : Parameters;

var<workgroup> first : array<vec4f, 64>;
var<workgroup> second : array<vec4f, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = group.y * groups.x + group.x;
  let quad = index % p.quads;
  let statisticsSet = index / p.quads;
  var a = vec4f(0.0);
  var b = vec4f(0.0);
  for (var i = local; i < p.total; i += p.lanes) {
    let at = (statisticsSet * p.total + i) * 2u * p.quads + quad;
    a += sums[at];
    b += sums[at + p.quads];
  }
  first[local] = a;
  second[local] = b;
  workgroupBarrier();
  if (local == 0u) {
    for (var i = 1u; i < p.lanes; i++) {
      a += first[i];
      b += second[i];
    }
    merged[statisticsSet * 2u * p.quads + quad] = a;
    merged[(statisticsSet * 2u + 1u) * p.quads + quad] = b;
  }
}
