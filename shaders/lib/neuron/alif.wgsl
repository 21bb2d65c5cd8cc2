// lib/neuron/alif — LIF with an adaptive threshold (sheet 12, section 3.2)
// threshold[t] = threshold + strength a[t], a[t+1] = persistence a[t] + s[t]; the state a is the next step's.
// The gradient runs through a; a soft reset subtracts the constant threshold
#include "lib/reset"
struct Trace { h : Element, excess : Element }

fn charge(state : ptr<function, State>, x : Element) -> Element {
  let v = (*state).v;
  #if ${DECAY_INPUT}
  return v + (x - (v - p.restPotential)) * p.decay;
  #else
  return v - (v - p.restPotential) * p.decay + x;
  #endif
}
fn excess(state : State, h : Element) -> Element { return h - (p.threshold + p.strength * state.a); }
fn reset(state : ptr<function, State>, h : Element, s : Element) {
  (*state).v = resetMembrane(h, s);
  (*state).a = p.persistence * (*state).a + s;
}
fn remember(before : State, x : Element, h : Element) -> Trace { return Trace(h, excess(before, h)); }

fn backward(trace : Trace, s : Element, ds : Element, back : ptr<function, State>) -> Element {
  let gx = throughSpike(trace.excess, withReset(ds + (*back).a, (*back).v, trace.h));
  let gh = gx + pastReset((*back).v, s);
  (*back).v = gh * (1.0 - p.decay);
  (*back).a = p.persistence * (*back).a - p.strength * gx;
  #if ${DECAY_INPUT}
  return gh * p.decay;
  #else
  return gh;
  #endif
}
