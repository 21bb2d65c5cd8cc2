// lib/surrogate/bellec — g' = gamma/threshold max(0, 1 - |x|/threshold), g = gamma times the triangle's; alpha = gamma, alpha1 = threshold (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  return p.alpha / p.alpha1 * max(Element(0.0), 1.0 - abs(x) / p.alpha1);
}
fn surrogate(x : Element) -> Element {
  let y = clamp(x / p.alpha1, Element(-1.0), Element(1.0));
  return p.alpha * (y - 0.5 * abs(y) * y + 0.5);
}
