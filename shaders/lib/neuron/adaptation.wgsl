// lib/neuron/adaptation — what QIF, EIF, AdEx and Izhikevich share: h = v + decay (x + flow(v) - w), slope dh/dv.
// ADAPT: w = w + (coupling (h - rest) - w) adaptationRate + jump s after the charge; the jump is never detached
#include "lib/reset"
struct Trace { h : Element, slope : Element }

fn charge(state : ptr<function, State>, x : Element) -> Element {
  let v = (*state).v;
  #if ${ADAPT}
  return v + (x + flow(v) - (*state).w) * p.decay;
  #else
  return v + (x + flow(v)) * p.decay;
  #endif
}
fn excess(state : State, h : Element) -> Element { return h - p.threshold; }
fn reset(state : ptr<function, State>, h : Element, s : Element) {
  #if ${ADAPT}
  let w = (*state).w;
  (*state).w = w + (p.coupling * (h - p.restPotential) - w) * p.adaptationRate + p.jump * s;
  #endif
  (*state).v = resetMembrane(h, s);
}
fn remember(before : State, x : Element, h : Element) -> Trace { return Trace(h, 1.0 + p.decay * flowSlope(before.v)); }

fn backward(trace : Trace, s : Element, ds : Element, back : ptr<function, State>) -> Element {
  #if ${ADAPT}
  let dw = (*back).w;
  let gh = membraneGradient(trace.h - p.threshold, trace.h, s, ds + p.jump * dw, (*back).v)
    + dw * p.coupling * p.adaptationRate;
  (*back).w = dw * (1.0 - p.adaptationRate) - p.decay * gh;
  #else
  let gh = membraneGradient(trace.h - p.threshold, trace.h, s, ds, (*back).v);
  #endif
  (*back).v = gh * trace.slope;
  return gh * p.decay;
}
