// lib/surrogate/leaky_krelu — g' = k where x >= 0, else leak, g the same slopes through 0; alpha = leak, alpha1 = k (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  return select(Element(p.alpha), Element(p.alpha1), x >= Element(0.0));
}
fn surrogate(x : Element) -> Element {
  return x * select(Element(p.alpha), Element(p.alpha1), x >= Element(0.0));
}
