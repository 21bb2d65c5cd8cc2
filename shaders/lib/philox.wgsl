// lib/philox — Philox4x32-10 (Salmon et al. 2011); the same bits as src/runtime/philox.ts.
// WGSL has no 32x32->64 product, so the high word is built from 16-bit halves.
fn multiplyHigh(a : u32, b : u32) -> u32 {
  let aLow = a & 0xffffu;
  let aHigh = a >> 16u;
  let bLow = b & 0xffffu;
  let bHigh = b >> 16u;
  let middle = aHigh * bLow + ((aLow * bLow) >> 16u);
  let cross = aLow * bHigh + (middle & 0xffffu);
  return aHigh * bHigh + (middle >> 16u) + (cross >> 16u);
}

fn philox(seed : vec2u, counter : vec4u, rounds : u32) -> vec4u {
  var x = counter;
  var k = seed;
  for (var r = 0u; r < rounds; r++) {
    let high0 = multiplyHigh(x.x, 0xd2511f53u);
    let low0 = x.x * 0xd2511f53u;
    let high1 = multiplyHigh(x.z, 0xcd9e8d57u);
    let low1 = x.z * 0xcd9e8d57u;
    x = vec4u(high1 ^ x.y ^ k.x, low1, high0 ^ x.w ^ k.y, low0);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return x;
}

// uniform in [0, 1), 24 bits, exact in f32
fn toUnit(word : vec4u) -> vec4f {
  return vec4f(word >> vec4u(8u)) * 5.9604644775390625e-8;
}
