// lib/surrogate/sparse_fast_sigmoid — g' = 1/(1 + k |x|)^2 where x > B, else 0; no primitive; alpha = k, alpha1 = B (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  let y = 1.0 + p.alpha * abs(x);
  return select(Element(0.0), 1.0 / (y * y), x > Element(p.alpha1));
}
