// lib/surrogate/clipped_inverse — g' = min(1/|x|, a), a at 0; no primitive; alpha = a (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  return 1.0 / max(abs(x), Element(1.0 / p.alpha));
}
