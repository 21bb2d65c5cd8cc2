// lib/lif — charge, fire and reset of the leaky integrate-and-fire neuron (sheet 12, section 3.1; sheet 00, section 5)
// DECAY_INPUT: h = v + k (x - (v - vRest)), else h = v - k (v - vRest) + x; k = 1/tau
// STRICT: fires above the threshold, else at or above; RESET 0 hard to vReset, 1 soft by the threshold, 2 none
fn charge(v : Element, x : Element) -> Element {
  #if ${DECAY_INPUT}
  return v + (x - (v - p.resetPotential)) * p.decay;
  #else
  return v - (v - p.resetPotential) * p.decay + x;
  #endif
}
#if ${VEC}
fn fires(h : Element) -> vec4<bool> {
#else
fn fires(h : Element) -> bool {
#endif
  #if ${STRICT}
  return h - p.threshold > Element(0.0);
  #else
  return h - p.threshold >= Element(0.0);
  #endif
}
#if ${VEC}
fn reset(h : Element, fired : vec4<bool>) -> Element {
#else
fn reset(h : Element, fired : bool) -> Element {
#endif
  #if ${RESET == 0}
  return select(h, Element(p.resetPotential), fired);
  #elif ${RESET == 1}
  return select(h, h - p.threshold, fired);
  #else
  return h;
  #endif
}
