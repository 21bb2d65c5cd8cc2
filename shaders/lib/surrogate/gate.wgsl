// lib/surrogate/gate — g' = 1 where |x| < 1/a, else 0, g = x between -1/a and 1/a, plus 1/a; alpha = a (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  return select(Element(0.0), Element(1.0), abs(x) * p.alpha < Element(1.0));
}
fn surrogate(x : Element) -> Element {
  let half = 1.0 / p.alpha;
  return clamp(x, Element(-half), Element(half)) + half;
}
