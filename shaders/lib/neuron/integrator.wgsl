// lib/neuron/integrator — leaky integrator that never fires, a readout: v = beta v + x, its output is v (sheet 12, 3.2)
struct Trace { h : Element }

fn charge(state : ptr<function, State>, x : Element) -> Element { return p.beta * (*state).v + x; }
fn output(h : Element, s : Element) -> Element { return h; }
fn reset(state : ptr<function, State>, h : Element, s : Element) { (*state).v = h; }
fn remember(before : State, x : Element, h : Element) -> Trace { return Trace(h); }

fn backward(trace : Trace, s : Element, dy : Element, back : ptr<function, State>) -> Element {
  let gv = dy + (*back).v;
  (*back).v = p.beta * gv;
  return gv;
}
