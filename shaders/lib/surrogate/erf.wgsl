// lib/surrogate/erf — g' = a/sqrt(pi) exp(-a^2 x^2), g = (1 + erf(a x))/2; alpha = a (sheet 12, section 3.3)
#include "lib/error_function"
fn surrogateSlope(x : Element) -> Element {
  let y = p.alpha * x;
  return p.alpha * 0.5641895835477563 * exp(max(-y * y, Element(-80.0)));
}
fn surrogate(x : Element) -> Element {
  return 0.5 + 0.5 * errorFunction(p.alpha * x);
}
