// lib/surrogate/sign_log_abs — g' = a/(1 + a |x|), g = sign(x) ln(1 + a |x|); alpha = a (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  return p.alpha / (1.0 + p.alpha * abs(x));
}
fn surrogate(x : Element) -> Element {
  let y = log(1.0 + p.alpha * abs(x));
  return select(-y, y, x >= Element(0.0));
}
