// lib/surrogate/relu_like — g' = a where x > 0, else 0; no primitive; alpha = a (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  return select(Element(0.0), Element(p.alpha), x > Element(0.0));
}
