// lib/neuron/izhikevich_bio — Izhikevich's neuron in mV and ms (sheet 12, section 3.2)
// h = v + dt (0.04 v^2 + 5 v + 140 - u + x); u = u + dt a (b h - u) + d s; v = resetPotential after a spike
// The surrogate sees (h - threshold)/10 mV; the jump d s is never detached
#include "lib/reset"
struct Trace { h : Element, v : Element }

fn charge(state : ptr<function, State>, x : Element) -> Element {
  let v = (*state).v;
  return v + p.dt * (0.04 * v * v + 5.0 * v + 140.0 - (*state).u + x);
}
fn excess(state : State, h : Element) -> Element { return (h - p.threshold) * 0.1; }
fn reset(state : ptr<function, State>, h : Element, s : Element) {
  let u = (*state).u;
  (*state).u = u + p.dt * p.recovery * (p.sensitivity * h - u) + p.jump * s;
  (*state).v = resetMembrane(h, s);
}
fn remember(before : State, x : Element, h : Element) -> Trace { return Trace(h, before.v); }

fn backward(trace : Trace, s : Element, ds : Element, back : ptr<function, State>) -> Element {
  let du = (*back).u;
  let gs = withReset(ds + p.jump * du, (*back).v, trace.h);
  let gh = throughSpike((trace.h - p.threshold) * 0.1, gs) * 0.1 + pastReset((*back).v, s)
    + du * p.dt * p.recovery * p.sensitivity;
  (*back).u = du * (1.0 - p.dt * p.recovery) - p.dt * gh;
  (*back).v = gh * (1.0 + p.dt * (0.08 * trace.v + 5.0));
  return gh * p.dt;
}
