// lib/surrogate/q_pseudo_spike — g' = (1 + 2 |x|/(a - 1))^(-a), g = tail = (1 + 2 |x|/(a - 1))^(1 - a)/2 below 0, 1 - tail from 0; alpha = a > 1 (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  return pow(1.0 + 2.0 * abs(x) / (p.alpha - 1.0), Element(-p.alpha));
}
fn surrogate(x : Element) -> Element {
  let tail = 0.5 * pow(1.0 + 2.0 * abs(x) / (p.alpha - 1.0), Element(1.0 - p.alpha));
  return select(tail, 1.0 - tail, x >= Element(0.0));
}
