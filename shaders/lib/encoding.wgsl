// lib/encoding — inputs that no code is defined for; a compiler may assume that there is no NaN, so bits are compared.
fn outsideUnit(x : f32) -> bool {
  let bits = bitcast<u32>(x);
  return bits > 0x3f800000u && bits != 0x80000000u;
}

fn notFinite(x : f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u; }
