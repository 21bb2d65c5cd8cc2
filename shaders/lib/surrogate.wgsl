// lib/surrogate — derivative of the surrogate spike function at x = membrane - threshold, width alpha.
// 0 quadratic gate max(0, a - a^2 |x|); 1 arctan a/2 / (1 + (pi/2 a x)^2); 2 sigmoid a s(ax)(1 - s(ax));
// 3 rectangle a for |x| < 1/(2a) (sheet 12, section 3.3)
fn surrogateSlope(x : Element, alpha : f32) -> Element {
  #if ${SURROGATE == 0}
  return max(Element(0.0), alpha - alpha * alpha * abs(x));
  #elif ${SURROGATE == 1}
  let y = 1.5707963267948966 * alpha * x;
  return (0.5 * alpha) / (1.0 + y * y);
  #elif ${SURROGATE == 2}
  let s = 1.0 / (1.0 + exp(clamp(-alpha * x, Element(-80.0), Element(80.0))));
  return alpha * s * (1.0 - s);
  #else
  return select(Element(0.0), Element(alpha), abs(x) * alpha < Element(0.5));
  #endif
}
