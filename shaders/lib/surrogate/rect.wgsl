// lib/surrogate/rect — g' = a where |x| < 1/(2a), else 0, g = a x + 1/2 between 0 and 1; alpha = a (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  return select(Element(0.0), Element(p.alpha), abs(x) * p.alpha < Element(0.5));
}
fn surrogate(x : Element) -> Element {
  return clamp(p.alpha * x + 0.5, Element(0.0), Element(1.0));
}
