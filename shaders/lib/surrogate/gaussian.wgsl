// lib/surrogate/gaussian — g' = N(x; 0, sigma), g = Phi(x/sigma); alpha = sigma (sheet 12, section 3.3)
#include "lib/error_function"
fn surrogateSlope(x : Element) -> Element {
  return normalDensity(x, p.alpha);
}
fn surrogate(x : Element) -> Element {
  return normalIntegral(x / p.alpha);
}
