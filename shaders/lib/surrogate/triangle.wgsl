// lib/surrogate/triangle — g' = max(0, a - a^2 |x|), g = -a^2 |x| x/2 + a x + 1/2 between 0 and 1; alpha = a (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  return max(Element(0.0), p.alpha - p.alpha * p.alpha * abs(x));
}
fn surrogate(x : Element) -> Element {
  let y = clamp(p.alpha * x, Element(-1.0), Element(1.0));
  return y - 0.5 * abs(y) * y + 0.5;
}
