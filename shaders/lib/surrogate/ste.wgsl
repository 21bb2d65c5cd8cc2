// lib/surrogate/ste — g' = 1, g = x (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  return Element(1.0);
}
fn surrogate(x : Element) -> Element {
  return x;
}
