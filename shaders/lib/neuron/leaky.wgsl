// lib/neuron/leaky — leaky integrator that is reset for the spike of the step before (snnTorch; sheet 12, section 3.2)
// r spike of the step before, no gradient through it; RESET 0 to zero: v = beta (1 - r) v + gain x,
// 1 subtract: v = beta v + gain x - r threshold, 2 none; v stays as it is after a spike until the next charge
struct Trace { h : Element, r : Element }

fn charge(state : ptr<function, State>, x : Element) -> Element {
  #if ${RESET == 0}
  return p.beta * (1.0 - (*state).r) * (*state).v + p.gain * x;
  #elif ${RESET == 1}
  return p.beta * (*state).v + p.gain * x - (*state).r * p.threshold;
  #else
  return p.beta * (*state).v + p.gain * x;
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
  (*back).v = gh * p.beta * (1.0 - trace.r);
  #else
  (*back).v = gh * p.beta;
  #endif
  (*back).r = Element(0.0);
  return gh * p.gain;
}
