// lib/surrogate/log_tailed_relu — g' = a where x <= 0, 1 up to 1, then 1/x, g = a x, x, ln x + 1; alpha = a (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  let tail = 1.0 / max(x, Element(1.0));
  return select(tail, Element(p.alpha), x <= Element(0.0));
}
fn surrogate(x : Element) -> Element {
  let tail = select(x, log(max(x, Element(1.0))) + 1.0, x > Element(1.0));
  return select(tail, p.alpha * x, x <= Element(0.0));
}
