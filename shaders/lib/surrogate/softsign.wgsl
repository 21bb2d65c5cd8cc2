// lib/surrogate/softsign — g' = a/(2 (1 + a |x|)^2), g = (a x/(1 + a |x|) + 1)/2; alpha = a (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  let y = 1.0 + p.alpha * abs(x);
  return (0.5 * p.alpha) / (y * y);
}
fn surrogate(x : Element) -> Element {
  return 0.5 * (p.alpha * x / (1.0 + p.alpha * abs(x)) + 1.0);
}
