// lib/neuron/compartments — a soma with a basal and an apical dendrite (BrainCog; sheet 12, section 3.6)
// b = (b + x_basal) basalRate, a = (a + x_apical) apicalRate, h = v + (a + b - v) decay; a spike resets all three
#include "lib/reset"
struct Trace { h : Element, basal : Element, apical : Element }

fn charge(state : ptr<function, State>, x : Input) -> Element {
  (*state).basal = ((*state).basal + x[0]) * p.basalRate;
  (*state).apical = ((*state).apical + x[1]) * p.apicalRate;
  return (*state).v + ((*state).apical + (*state).basal - (*state).v) * p.decay;
}
fn excess(state : State, h : Element) -> Element { return h - p.threshold; }
fn reset(state : ptr<function, State>, h : Element, s : Element) {
  (*state).v = resetMembrane(h, s);
  (*state).basal = resetMembrane((*state).basal, s);
  (*state).apical = resetMembrane((*state).apical, s);
}
fn remember(before : State, x : Input, h : Element) -> Trace {
  return Trace(h, (before.basal + x[0]) * p.basalRate, (before.apical + x[1]) * p.apicalRate);
}

fn backward(trace : Trace, s : Element, ds : Element, back : ptr<function, State>) -> Input {
  let gs = withReset(withReset(ds, (*back).basal, trace.basal), (*back).apical, trace.apical);
  let gh = membraneGradient(trace.h - p.threshold, trace.h, s, gs, (*back).v);
  let basal = (pastReset((*back).basal, s) + gh * p.decay) * p.basalRate;
  let apical = (pastReset((*back).apical, s) + gh * p.decay) * p.apicalRate;
  (*back).v = gh * (1.0 - p.decay);
  (*back).basal = basal;
  (*back).apical = apical;
  return Input(basal, apical);
}
