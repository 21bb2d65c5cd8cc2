// lib/neuron/lif — leaky integrate-and-fire (sheet 12, section 3.2), k = p.decay = 1/tau
// charge h = v + k (x - (v - rest)) (DECAY_INPUT), else h = v - k (v - rest) + x; dh/dv = 1 - k, dh/dx = k or 1
#include "lib/reset"
struct Trace { h : Element }

fn charge(state : ptr<function, State>, x : Element) -> Element {
  let v = (*state).v;
  #if ${DECAY_INPUT}
  return v + (x - (v - p.restPotential)) * p.decay;
  #else
  return v - (v - p.restPotential) * p.decay + x;
  #endif
}
fn excess(state : State, h : Element) -> Element { return h - p.threshold; }
fn reset(state : ptr<function, State>, h : Element, s : Element) { (*state).v = resetMembrane(h, s); }
fn remember(before : State, x : Element, h : Element) -> Trace { return Trace(h); }

fn backward(trace : Trace, s : Element, ds : Element, back : ptr<function, State>) -> Element {
  let gh = membraneGradient(trace.h - p.threshold, trace.h, s, ds, (*back).v);
  (*back).v = gh * (1.0 - p.decay);
  #if ${DECAY_INPUT}
  return gh * p.decay;
  #else
  return gh;
  #endif
}
