// elementwise/combine_forward — y (+)= sum over edges of factor * clip(x * scale + shift): batch norm, sign clip and
// drop-path of up to two incoming edges of a node, and their sum, in one pass.
// One invocation owns 16 pixels of one image and one lane (4 channels, or 1), so scale and shift are loaded once.
// in  0 x0, 1 x1        f32 [images or batch, H*W, C]; constant edges repeat their one time step
// in  2 state0, 3 state1 f32 [groups, 4, C'] scale at row 2, shift at row 3 (AFFINE0, AFFINE1)
// in  4 drop            f32 [edges, T*B] drop-path factors (DROP0, DROP1)
// out 5 y               f32 [images, H*W, C]
// grid images * strips * lanes; strips = ceil(H*W/16)
// flags VEC, TWO (second edge), ACCUMULATE, AFFINE0, AFFINE1, DROP0, DROP1; with VEC also HALF0, HALF1, HALF_OUT: x0, x1, y
//       are f16 (lib/half); ACCUMULATE and HALF_OUT never meet, so that a sum is rounded once
struct Parameters {
  invocations : u32, batch : u32, firstImage : u32, pixels : u32,
  strips : u32, lanes : u32, stateStride : u32, stripLength : u32,
  sign0 : u32, sign1 : u32, perStep0 : u32, perStep1 : u32,
  constant0 : u32, constant1 : u32, dropRow0 : u32, dropRow1 : u32,
}
#include "lib/element"
#include "lib/half"
#include "lib/half_target"
#if ${HALF0}
@group(0) @binding(0) var<storage, read> x0 : array<vec2u>;
#else
@group(0) @binding(0) var<storage, read> x0 : array<Element>;
#endif
#if ${HALF1}
@group(0) @binding(1) var<storage, read> x1 : array<vec2u>;
#else
@group(0) @binding(1) var<storage, read> x1 : array<Element>;
#endif
@group(0) @binding(2) var<storage, read> state0 : array<Element>;
@group(0) @binding(3) var<storage, read> state1 : array<Element>;
@group(0) @binding(4) var<storage, read> drop : array<f32>;
@group(0) @binding(5) var<storage, read_write> y : array<Target>;
@group(0) @binding(6) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/edge"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  let lane = index % p.lanes;
  let strip = (index / p.lanes) % p.strips;
  let image = p.firstImage + index / (p.lanes * p.strips);
  let step = image / p.batch;
  _ = &drop;
  let set0 = select(0u, step, p.perStep0 != 0u) * 4u * p.stateStride + lane;
  #if ${AFFINE0}
  let scale0 = state0[set0 + 2u * p.stateStride];
  let shift0 = state0[set0 + 3u * p.stateStride];
  #else
  _ = &state0;
  _ = set0;
  #endif
  #if ${DROP0}
  let factor0 = drop[p.dropRow0 + image];
  #endif
  let base0 = select(image - p.firstImage, image % p.batch, p.constant0 != 0u) * p.pixels;
  #if ${TWO}
  let set1 = select(0u, step, p.perStep1 != 0u) * 4u * p.stateStride + lane;
  #if ${AFFINE1}
  let scale1 = state1[set1 + 2u * p.stateStride];
  let shift1 = state1[set1 + 3u * p.stateStride];
  #else
  _ = &state1;
  _ = set1;
  #endif
  #if ${DROP1}
  let factor1 = drop[p.dropRow1 + image];
  #endif
  let base1 = select(image - p.firstImage, image % p.batch, p.constant1 != 0u) * p.pixels;
  #else
  _ = &x1;
  _ = &state1;
  #endif
  let last = min((strip + 1u) * p.stripLength, p.pixels);
  for (var pixel = strip * p.stripLength; pixel < last; pixel++) {
    let at = ((image - p.firstImage) * p.pixels + pixel) * p.lanes + lane;
    #if ${ACCUMULATE}
    var total = y[at];
    #else
    var total = Element(0.0);
    #endif
    #if ${HALF0}
    var v0 = fromHalves(x0[(base0 + pixel) * p.lanes + lane]);
    #else
    var v0 = x0[(base0 + pixel) * p.lanes + lane];
    #endif
    #if ${AFFINE0}
    v0 = v0 * scale0 + shift0;
    #endif
    v0 = clipSign(v0, p.sign0);
    #if ${DROP0}
    v0 *= factor0;
    #endif
    total += v0;
    #if ${TWO}
    #if ${HALF1}
    var v1 = fromHalves(x1[(base1 + pixel) * p.lanes + lane]);
    #else
    var v1 = x1[(base1 + pixel) * p.lanes + lane];
    #endif
    #if ${AFFINE1}
    v1 = v1 * scale1 + shift1;
    #endif
    v1 = clipSign(v1, p.sign1);
    #if ${DROP1}
    v1 *= factor1;
    #endif
    total += v1;
    #endif
    y[at] = stored(total);
  }
}
