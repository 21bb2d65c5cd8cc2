// lib/neuron/glif — gated LIF (sheet 12, section 3.2); every number is the sigmoid of a learned one
// I = x (1 - b (1 - c[t])), A = 1 - a (1 - tau),
// u = A v (1 - g s) - (1 - a) lin + I - (1 - g) sub s with s the spike of the step before, not detached; fires at threshold
#include "lib/logistic"
struct Trace { h : Element, v : Element, s : Element, x : Element }

fn charge(state : ptr<function, State>, x : Element) -> Element {
  let a = logistic(learned.a);
  let g = logistic(learned.g);
  let leak = 1.0 - a * (1.0 - logistic(learned.tau));
  let current = x * (1.0 - logistic(learned.b) * (1.0 - logistic(learned.c[step])));
  let s = (*state).s;
  return leak * (*state).v * (1.0 - g * s) - (1.0 - a) * logistic(learned.lin) + current
    - (1.0 - g) * logistic(learned.sub) * s;
}
fn excess(state : State, h : Element) -> Element { return h - logistic(learned.threshold); }
fn reset(state : ptr<function, State>, h : Element, s : Element) {
  (*state).v = h;
  (*state).s = s;
}
fn remember(before : State, x : Element, h : Element) -> Trace { return Trace(h, before.v, before.s, x); }

// derivative of the sigmoid by its value
fn gateSlope(y : Element) -> Element { return y * (1.0 - y); }

fn backward(trace : Trace, s : Element, ds : Element, back : ptr<function, State>) -> Element {
  let a = logistic(learned.a);
  let b = logistic(learned.b);
  let c = logistic(learned.c[step]);
  let g = logistic(learned.g);
  let tau = logistic(learned.tau);
  let lin = logistic(learned.lin);
  let sub = logistic(learned.sub);
  let threshold = logistic(learned.threshold);
  let leak = 1.0 - a * (1.0 - tau);
  let held = trace.v * (1.0 - g * trace.s);
  let gs = throughSpike(trace.h - threshold, ds + (*back).s);
  let gu = gs + (*back).v;
  gradient.a += gu * (lin - (1.0 - tau) * held) * gateSlope(a);
  gradient.tau += gu * a * held * gateSlope(tau);
  gradient.b -= gu * trace.x * (1.0 - c) * gateSlope(b);
  gradient.c[step] += gu * trace.x * b * gateSlope(c);
  gradient.g += gu * trace.s * (sub - leak * trace.v) * gateSlope(g);
  gradient.lin -= gu * (1.0 - a) * gateSlope(lin);
  gradient.sub -= gu * (1.0 - g) * trace.s * gateSlope(sub);
  gradient.threshold -= gs * gateSlope(threshold);
  (*back).v = gu * leak * (1.0 - g * trace.s);
  (*back).s = -gu * (leak * g * trace.v + (1.0 - g) * sub);
  return gu * (1.0 - b * (1.0 - c));
}
