// lib/surrogate/atan — g' = a/2 / (1 + (pi/2 a x)^2), g = atan(pi/2 a x)/pi + 1/2; a is alpha or learned (LEARN_WIDTH) (sheet 12, section 3.3)
#if ${LEARN_WIDTH}
fn surrogateWidth() -> Element { return learned.width; }
#else
fn surrogateWidth() -> f32 { return p.alpha; }
#endif
fn surrogateSlope(x : Element) -> Element {
  let y = 1.5707963267948966 * surrogateWidth() * x;
  return (0.5 * surrogateWidth()) / (1.0 + y * y);
}
fn surrogate(x : Element) -> Element {
  return atan(1.5707963267948966 * surrogateWidth() * x) * 0.3183098861837907 + 0.5;
}
// dg/da
fn surrogateWidthSlope(x : Element) -> Element {
  let y = 1.5707963267948966 * surrogateWidth() * x;
  return 0.5 * x / (1.0 + y * y);
}
