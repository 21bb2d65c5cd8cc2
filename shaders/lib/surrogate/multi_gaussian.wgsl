// lib/surrogate/multi_gaussian — g' = gamma ((1 + h) N(x; 0, sigma) - h N(x; sigma, s sigma) - h N(x; -sigma, s sigma)), g: Phi for N;
// alpha = sigma, alpha1 = h, alpha2 = s, alpha3 = gamma (sheet 12, section 3.3)
#include "lib/error_function"
fn surrogateSlope(x : Element) -> Element {
  let wide = p.alpha * p.alpha2;
  let side = normalDensity(x - p.alpha, wide) + normalDensity(x + p.alpha, wide);
  return p.alpha3 * ((1.0 + p.alpha1) * normalDensity(x, p.alpha) - p.alpha1 * side);
}
fn surrogate(x : Element) -> Element {
  let wide = p.alpha * p.alpha2;
  let side = normalIntegral((x - p.alpha) / wide) + normalIntegral((x + p.alpha) / wide);
  return p.alpha3 * ((1.0 + p.alpha1) * normalIntegral(x / p.alpha) - p.alpha1 * side);
}
