// lib/neuron/klif — LIF whose charge is scaled by a learned kappa and rectified (sheet 12, section 3.2)
// h = max(0, kappa c), c the charge of LIF; dL/dkappa = sum gh c where h > 0, and there c = h/kappa
#include "lib/reset"
struct Trace { h : Element }

fn charge(state : ptr<function, State>, x : Element) -> Element {
  let v = (*state).v;
  #if ${DECAY_INPUT}
  let c = v + (x - (v - p.restPotential)) * p.decay;
  #else
  let c = v - (v - p.restPotential) * p.decay + x;
  #endif
  return max(Element(0.0), learned.kappa * c);
}
fn excess(state : State, h : Element) -> Element { return h - p.threshold; }
fn reset(state : ptr<function, State>, h : Element, s : Element) { (*state).v = resetMembrane(h, s); }
fn remember(before : State, x : Element, h : Element) -> Trace { return Trace(h); }

fn backward(trace : Trace, s : Element, ds : Element, back : ptr<function, State>) -> Element {
  let gh = membraneGradient(trace.h - p.threshold, trace.h, s, ds, (*back).v);
  let open = select(Element(0.0), gh, trace.h > Element(0.0));
  let kappa = select(learned.kappa, Element(1.0), learned.kappa == Element(0.0));
  gradient.kappa += open * trace.h / kappa;
  (*back).v = open * learned.kappa * (1.0 - p.decay);
  #if ${DECAY_INPUT}
  return open * learned.kappa * p.decay;
  #else
  return open * learned.kappa;
  #endif
}
