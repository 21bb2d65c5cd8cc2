// lib/error_function — erf to 2e-7 (Abramowitz & Stegun 7.1.26), the normal distribution's integral and density
fn errorFunction(y : Element) -> Element {
  let size = abs(y);
  let t = 1.0 / (1.0 + 0.3275911 * size);
  let series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  let value = 1.0 - series * exp(max(-size * size, Element(-80.0)));
  return select(value, -value, y < Element(0.0));
}
fn normalIntegral(y : Element) -> Element {
  return 0.5 + 0.5 * errorFunction(y * 0.7071067811865476);
}
fn normalDensity(x : Element, sigma : f32) -> Element {
  let y = x / sigma;
  return exp(max(-0.5 * y * y, Element(-80.0))) * (0.3989422804014327 / sigma);
}
