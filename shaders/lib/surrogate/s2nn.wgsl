// lib/surrogate/s2nn — g' = a s (1 - s) below 0 with s = 1/(1 + exp(-a x)), b/(x + 1) from 0, g = s, then b ln(x + 1) + 1/2; alpha = a, alpha1 = b (sheet 12, section 3.3)
#include "lib/logistic"
fn surrogateSlope(x : Element) -> Element {
  let s = logistic(p.alpha * x);
  return select(p.alpha * s * (1.0 - s), p.alpha1 / (max(x, Element(0.0)) + 1.0), x >= Element(0.0));
}
fn surrogate(x : Element) -> Element {
  let above = p.alpha1 * log(max(x, Element(0.0)) + 1.0) + 0.5;
  return select(logistic(p.alpha * x), above, x >= Element(0.0));
}
