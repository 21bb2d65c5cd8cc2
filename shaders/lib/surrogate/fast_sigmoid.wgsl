// lib/surrogate/fast_sigmoid — g' = 1/(1 + k |x|)^2, g = x/(1 + k |x|); alpha = k (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  let y = 1.0 + p.alpha * abs(x);
  return 1.0 / (y * y);
}
fn surrogate(x : Element) -> Element {
  return x / (1.0 + p.alpha * abs(x));
}
