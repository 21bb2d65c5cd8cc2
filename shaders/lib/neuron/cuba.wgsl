// lib/neuron/cuba — LIF driven by a synaptic current (current-based; sheet 12, section 3.2)
// i = currentFactor i + x; h = membraneFactor v + i
#include "lib/reset"
struct Trace { h : Element }

fn charge(state : ptr<function, State>, x : Element) -> Element {
  (*state).i = p.currentFactor * (*state).i + x;
  return p.membraneFactor * (*state).v + (*state).i;
}
fn excess(state : State, h : Element) -> Element { return h - p.threshold; }
fn reset(state : ptr<function, State>, h : Element, s : Element) { (*state).v = resetMembrane(h, s); }
fn remember(before : State, x : Element, h : Element) -> Trace { return Trace(h); }

fn backward(trace : Trace, s : Element, ds : Element, back : ptr<function, State>) -> Element {
  let gh = membraneGradient(trace.h - p.threshold, trace.h, s, ds, (*back).v);
  let gi = gh + (*back).i;
  (*back).v = p.membraneFactor * gh;
  (*back).i = p.currentFactor * gi;
  return gi;
}
