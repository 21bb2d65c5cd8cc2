// lib/neuron/plif — LIF whose leak k = sigmoid(w) is learned (parametric LIF; sheet 12, section 3.2)
// dL/dw = sum gh (h - v) (1 - k) with DECAY_INPUT, where h - v = k (x - (v - rest)), else - sum gh (v - rest) k (1 - k)
#include "lib/logistic"
#include "lib/reset"
struct Trace { h : Element, v : Element }

fn charge(state : ptr<function, State>, x : Element) -> Element {
  let v = (*state).v;
  let k = logistic(learned.w);
  #if ${DECAY_INPUT}
  return v + (x - (v - p.restPotential)) * k;
  #else
  return v - (v - p.restPotential) * k + x;
  #endif
}
fn excess(state : State, h : Element) -> Element { return h - p.threshold; }
fn reset(state : ptr<function, State>, h : Element, s : Element) { (*state).v = resetMembrane(h, s); }
fn remember(before : State, x : Element, h : Element) -> Trace { return Trace(h, before.v); }

fn backward(trace : Trace, s : Element, ds : Element, back : ptr<function, State>) -> Element {
  let k = logistic(learned.w);
  let gh = membraneGradient(trace.h - p.threshold, trace.h, s, ds, (*back).v);
  (*back).v = gh * (1.0 - k);
  #if ${DECAY_INPUT}
  gradient.w += gh * (trace.h - trace.v) * (1.0 - k);
  return gh * k;
  #else
  gradient.w -= gh * (trace.v - p.restPotential) * k * (1.0 - k);
  return gh;
  #endif
}
