// lib/surrogate — derivative of the surrogate spike function at x = membrane - threshold, width alpha.
// 0 quadratic gate max(0, a - a^2 |x|); 1 arctan a/2 / (1 + (pi/2 a x)^2); 2 sigmoid a s(ax)(1 - s(ax));
// 3 triangle max(0, a - a^2 |x|) with a = 1 is the gate's unit form; 4 rectangle a/2 for |x| < 1/a
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
  return select(Element(0.0), Element(0.5 * alpha), abs(x) * alpha < Element(1.0));
  #endif
}
