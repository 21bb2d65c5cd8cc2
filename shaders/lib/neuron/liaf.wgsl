// lib/neuron/liaf — LIF whose output is max(0, h - offset) instead of its spikes; they still reset it (sheet 12, 3.2)
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
fn output(h : Element, s : Element) -> Element { return max(Element(0.0), h - p.offset); }
fn reset(state : ptr<function, State>, h : Element, s : Element) { (*state).v = resetMembrane(h, s); }
fn remember(before : State, x : Element, h : Element) -> Trace { return Trace(h); }

fn backward(trace : Trace, s : Element, dy : Element, back : ptr<function, State>) -> Element {
  let direct = select(Element(0.0), dy, trace.h > Element(p.offset));
  let gh = direct + membraneGradient(trace.h - p.threshold, trace.h, s, Element(0.0), (*back).v);
  (*back).v = gh * (1.0 - p.decay);
  #if ${DECAY_INPUT}
  return gh * p.decay;
  #else
  return gh;
  #endif
}
