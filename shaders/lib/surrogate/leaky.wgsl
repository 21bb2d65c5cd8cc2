// lib/surrogate/leaky — g' = 1/(2w) where |x| < w, else c, g = c x + c w below, x/(2w) + 1/2 between, c x - c w + 1 above; alpha = w, alpha1 = c (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  return select(Element(p.alpha1), Element(0.5 / p.alpha), abs(x) < Element(p.alpha));
}
fn surrogate(x : Element) -> Element {
  let inside = clamp(x, Element(-p.alpha), Element(p.alpha));
  return 0.5 * inside / p.alpha + 0.5 + p.alpha1 * (x - inside);
}
