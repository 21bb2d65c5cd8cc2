// lib/neuron/refractory — LIF that rests for p.refractory steps after a spike (sheet 12, section 3.2)
// awake = (count <= 0); h = LIF where awake, else p.idlePotential; it fires only where awake;
// count = p.refractory after a spike, else max(count - 1, 0). awake is a constant to the gradient
#include "lib/reset"
struct Trace { h : Element, awake : Element }

fn wakefulness(state : State) -> Element { return select(Element(0.0), Element(1.0), state.count <= Element(0.0)); }
fn charge(state : ptr<function, State>, x : Element) -> Element {
  let v = (*state).v;
  #if ${DECAY_INPUT}
  let h = v + (x - (v - p.restPotential)) * p.decay;
  #else
  let h = v - (v - p.restPotential) * p.decay + x;
  #endif
  return select(Element(p.idlePotential), h, (*state).count <= Element(0.0));
}
fn excess(state : State, h : Element) -> Element {
  return select(Element(-1.0), h - p.threshold, state.count <= Element(0.0));
}
fn reset(state : ptr<function, State>, h : Element, s : Element) {
  (*state).v = resetMembrane(h, s);
  (*state).count = select(max((*state).count - 1.0, Element(0.0)), Element(p.refractory), s > Element(0.0));
}
fn remember(before : State, x : Element, h : Element) -> Trace { return Trace(h, wakefulness(before)); }

fn backward(trace : Trace, s : Element, ds : Element, back : ptr<function, State>) -> Element {
  let gs = trace.awake * withReset(ds, (*back).v, trace.h);
  let gh = trace.awake * (throughSpike(trace.h - p.threshold, gs) + pastReset((*back).v, s));
  (*back).v = gh * (1.0 - p.decay);
  (*back).count = Element(0.0);
  #if ${DECAY_INPUT}
  return gh * p.decay;
  #else
  return gh;
  #endif
}
