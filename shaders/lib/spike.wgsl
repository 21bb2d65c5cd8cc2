// lib/spike — the step function of a spike and its surrogate gradient (sheet 12, sections 3.1 and 3.3)
// STRICT fires above 0, else at 0 or above; SOFT gives the surrogate's primitive instead of a step
// LEARN_WIDTH also adds to the gradient of the surrogate's width
#include "${SURROGATE}"
fn fire(x : Element) -> Element {
  #if ${SOFT}
  return surrogate(x);
  #elif ${STRICT}
  return select(Element(0.0), Element(1.0), x > Element(0.0));
  #else
  return select(Element(0.0), Element(1.0), x >= Element(0.0));
  #endif
}
// gradient of x where s = fire(x) has the gradient ds
fn throughSpike(x : Element, ds : Element) -> Element {
  #if ${LEARN_WIDTH}
  gradient.width += ds * surrogateWidthSlope(x);
  #endif
  return ds * surrogateSlope(x);
}
