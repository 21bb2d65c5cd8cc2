// lib/reset — reset of a membrane and the gradients through spike and reset (sheet 12, section 3.1)
// s spike, h membrane before the reset, ds gradient of the spike, dv gradient of the membrane after the reset
// RESET 0 hard to p.resetPotential, 1 soft by p.threshold, 2 none; DETACH_RESET: no gradient by way of the reset
// SOFT: s is a real number and shares the membrane between both outcomes
fn resetMembrane(h : Element, s : Element) -> Element {
  #if ${RESET == 0 && SOFT}
  return (1.0 - s) * h + s * p.resetPotential;
  #elif ${RESET == 0}
  return select(h, Element(p.resetPotential), s > Element(0.0));
  #elif ${RESET == 1}
  return h - s * p.threshold;
  #else
  return h;
  #endif
}
// ds with what the reset adds: the membrane after the step depends on the spike too
fn withReset(ds : Element, dv : Element, h : Element) -> Element {
  #if ${RESET == 0 && !DETACH_RESET}
  return ds + dv * (p.resetPotential - h);
  #elif ${RESET == 1 && !DETACH_RESET}
  return ds - dv * p.threshold;
  #else
  return ds;
  #endif
}
// what of dv reaches the membrane before the reset directly
fn pastReset(dv : Element, s : Element) -> Element {
  #if ${RESET == 0}
  return dv * (1.0 - s);
  #else
  return dv;
  #endif
}
// gradient of h where the neuron fires at x = h - threshold >= 0
fn membraneGradient(x : Element, h : Element, s : Element, ds : Element, dv : Element) -> Element {
  return throughSpike(x, withReset(ds, dv, h)) + pastReset(dv, s);
}
