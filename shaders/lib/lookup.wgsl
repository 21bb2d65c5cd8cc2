// lib/lookup — a table of eight sums in the lanes of each 8: lane l holds x0·l0 + x1·l1 + x2·l2, where l0, l1, l2 are the
// bits of l. `x0`, `x1`, `x2` are the values of lane `source` or of its neighbours; a lane without the bit adds nothing,
// whatever the value is.
fn picked(x : vec4f, bit : u32) -> vec4f {
  return bitcast<vec4f>(bitcast<vec4u>(x) & vec4u(0u - bit));
}
fn eightSums(x0 : vec4f, x1 : vec4f, x2 : vec4f, lane : u32) -> vec4f {
  return picked(x0, lane & 1u) + picked(x1, (lane >> 1u) & 1u) + picked(x2, (lane >> 2u) & 1u);
}
