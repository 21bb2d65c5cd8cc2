// lib/surrogate/piecewise_exp — g' = a/2 exp(-a |x|), g = exp(a x)/2 below 0, 1 - exp(-a x)/2 above; alpha = a (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  return 0.5 * p.alpha * exp(max(-p.alpha * abs(x), Element(-80.0)));
}
fn surrogate(x : Element) -> Element {
  let tail = 0.5 * exp(max(-p.alpha * abs(x), Element(-80.0)));
  return select(tail, 1.0 - tail, x >= Element(0.0));
}
