// lib/surrogate/superspike — g' = a/(1 + |x|)^2, g = a x/(1 + |x|); alpha = a (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  let y = 1.0 + abs(x);
  return p.alpha / (y * y);
}
fn surrogate(x : Element) -> Element {
  return p.alpha * x / (1.0 + abs(x));
}
