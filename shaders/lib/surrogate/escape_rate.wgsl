// lib/surrogate/escape_rate — g' = slope exp(-b |x - 1|); no primitive; alpha = b, alpha1 = slope (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  return p.alpha1 * exp(max(-p.alpha * abs(x - 1.0), Element(-80.0)));
}
