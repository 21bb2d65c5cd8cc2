// lib/half — f16 as a form of storage: four channels are two words of two halves each, arithmetic stays f32.
// Written numbers are rounded to nearest, ties to even, by hand: what pack2x16float does is the adapter's choice between
// the two neighbours. Below 2^-14 that choice remains, and an adapter may flush to zero. Beyond 65504, where packing is
// indeterminate, the largest half is kept; NaN and infinities become NaN, so that whoever looks for them still finds them.
fn fromHalves(halves : vec2u) -> vec4f {
  return vec4f(unpack2x16float(halves.x), unpack2x16float(halves.y));
}

fn toHalves(value : vec4f) -> vec2u {
  let bits = bitcast<vec4u>(value);
  let magnitude = bits & vec4u(0x7fffffffu);
  let even = (magnitude + vec4u(0xfffu) + ((magnitude >> vec4u(13u)) & vec4u(1u))) & vec4u(0xffffe000u);
  // 0x477fe000 is 65504; bits are compared, since a compiler may assume that there is no NaN
  let kept = min(select(even, magnitude, magnitude < vec4u(0x38800000u)), vec4u(0x477fe000u));
  let signed = bitcast<vec4f>(kept | (bits & vec4u(0x80000000u)));
  let wrong = select(vec4u(0u), vec4u(0x7e00u, 0x7e000000u, 0x7e00u, 0x7e000000u), magnitude >= vec4u(0x7f800000u));
  return vec2u(
    pack2x16float(signed.xy) | (wrong.x | wrong.y),
    pack2x16float(signed.zw) | (wrong.z | wrong.w),
  );
}
