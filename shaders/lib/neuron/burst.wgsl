// lib/neuron/burst — LIF that fires up to five spikes in a step (BrainCog; sheet 12, section 3.2)
// z = h - threshold between -0.5 and 4.5, n = max(0, ceil z); output n, or 1.5 n where n > 1 (BOOST)
// RESET 0 to p.resetPotential where n >= 1, 1 h - n threshold; straight through: dn/dh = 1 inside, no gradient by the reset
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
fn grade(x : Element) -> Element { return max(Element(0.0), ceil(clamp(x, Element(-0.5), Element(4.5)))); }
fn output(h : Element, n : Element) -> Element {
  #if ${BOOST}
  return select(n, 1.5 * n, n > Element(1.0));
  #else
  return n;
  #endif
}
fn gradeOf(y : Element) -> Element {
  #if ${BOOST}
  return select(y, round(y / 1.5), y > Element(1.0));
  #else
  return y;
  #endif
}
fn reset(state : ptr<function, State>, h : Element, n : Element) {
  #if ${RESET == 0}
  (*state).v = select(h, Element(p.resetPotential), n > Element(0.0));
  #elif ${RESET == 1}
  (*state).v = h - n * p.threshold;
  #else
  (*state).v = h;
  #endif
}
fn remember(before : State, x : Element, h : Element) -> Trace { return Trace(h); }

fn backward(trace : Trace, n : Element, dy : Element, back : ptr<function, State>) -> Element {
  let z = trace.h - p.threshold;
  let inside = select(Element(0.0), dy, abs(z - 2.0) < Element(2.5));
  #if ${BOOST}
  var gh = select(inside, 1.5 * inside, n > Element(1.0));
  #else
  var gh = inside;
  #endif
  #if ${RESET == 0}
  gh += select((*back).v, Element(0.0), n > Element(0.0));
  #else
  gh += (*back).v;
  #endif
  (*back).v = gh * (1.0 - p.decay);
  #if ${DECAY_INPUT}
  return gh * p.decay;
  #else
  return gh;
  #endif
}
