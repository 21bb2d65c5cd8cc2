// lib/surrogate/sigmoid — g' = a s (1 - s), g = s = 1/(1 + exp(-a x)); alpha = a (sheet 12, section 3.3)
#include "lib/logistic"
fn surrogateSlope(x : Element) -> Element {
  let s = logistic(p.alpha * x);
  return p.alpha * s * (1.0 - s);
}
fn surrogate(x : Element) -> Element {
  return logistic(p.alpha * x);
}
