// lib/neuron/synaptic — LIF with a synaptic current that is reset for the spike of the step before (snnTorch's Synaptic)
// i = currentFactor i + x; u = membraneFactor v + i; r spike of the step before, no gradient through it
// RESET 0 to zero: v = (1 - r) u, so that what arrives in that step is lost too; 1 subtract: v = u - r threshold; 2 none
struct Trace { h : Element, r : Element }

fn charge(state : ptr<function, State>, x : Element) -> Element {
  (*state).i = p.currentFactor * (*state).i + x;
  let u = p.membraneFactor * (*state).v + (*state).i;
  #if ${RESET == 0}
  return (1.0 - (*state).r) * u;
  #elif ${RESET == 1}
  return u - (*state).r * p.threshold;
  #else
  return u;
  #endif
}
fn excess(state : State, h : Element) -> Element { return h - p.threshold; }
fn reset(state : ptr<function, State>, h : Element, s : Element) {
  (*state).v = h;
  (*state).r = s;
}
fn remember(before : State, x : Element, h : Element) -> Trace { return Trace(h, before.r); }

fn backward(trace : Trace, s : Element, ds : Element, back : ptr<function, State>) -> Element {
  let gh = throughSpike(trace.h - p.threshold, ds) + (*back).v;
  #if ${RESET == 0}
  let gu = gh * (1.0 - trace.r);
  #else
  let gu = gh;
  #endif
  let gi = gu + (*back).i;
  (*back).v = p.membraneFactor * gu;
  (*back).i = p.currentFactor * gi;
  (*back).r = Element(0.0);
  return gi;
}
