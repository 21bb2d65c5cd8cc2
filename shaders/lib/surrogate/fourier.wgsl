// lib/surrogate/fourier — g' = 4/P sum cos((2i - 1) 2 pi x/P) over i = 1 .. n - 1, g = 1/2 + 2/pi sum sin(..)/(2i - 1); alpha = n, alpha1 = P (sheet 12, section 3.3)
fn surrogateSlope(x : Element) -> Element {
  let y = 6.283185307179586 * x / p.alpha1;
  var sum = Element(0.0);
  for (var i = 1.0; i < p.alpha; i += 1.0) { sum += cos((2.0 * i - 1.0) * y); }
  return 4.0 / p.alpha1 * sum;
}
fn surrogate(x : Element) -> Element {
  let y = 6.283185307179586 * x / p.alpha1;
  var sum = Element(0.0);
  for (var i = 1.0; i < p.alpha; i += 1.0) { sum += sin((2.0 * i - 1.0) * y) / (2.0 * i - 1.0); }
  return 0.5 + 0.6366197723675814 * sum;
}
