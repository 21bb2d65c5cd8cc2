// The neuron of docs/kernels.md: a constant leak that stops at zero, as some neuromorphic chips have it.
import { defineNeuron, nn, registerShader } from '../src/index.js'

registerShader(
  'mylab/constant_leak',
  `// mylab/constant_leak — h = max(v - leak, 0) + x; dh/dv = 1 where v > leak, else 0; dh/dx = 1
#include "lib/reset"
struct Trace { h : Element, slope : Element }

fn charge(state : ptr<function, State>, x : Element) -> Element {
  return max((*state).v - p.leak, Element(0.0)) + x;
}
fn excess(state : State, h : Element) -> Element { return h - p.threshold; }
fn reset(state : ptr<function, State>, h : Element, s : Element) { (*state).v = resetMembrane(h, s); }

fn remember(before : State, x : Element, h : Element) -> Trace {
  return Trace(h, select(Element(0.0), Element(1.0), before.v > Element(p.leak)));
}
fn backward(trace : Trace, s : Element, ds : Element, back : ptr<function, State>) -> Element {
  let gh = membraneGradient(trace.h - p.threshold, trace.h, s, ds, (*back).v);
  (*back).v = gh * trace.slope;
  return gh;
}
`,
)

export const constantLeak = defineNeuron({
  name: 'mylab/constant-leak',
  snippet: 'mylab/constant_leak',
  numbers: { leak: { default: 0.1, least: 0 }, threshold: { default: 1, above: 0 }, resetPotential: { default: 0 } },
  states: { v: () => 0 },
  constants: ({ leak, threshold, resetPotential }) => ({ leak, threshold, resetPotential }),
  resets: ['soft', 'hard'],
  emits: 'spikes',
  surrogate: 'atan',
  soft: true,
  flops: 5,
})

/** A population of them as a layer. */
export const constantLeakLayer = (leak = 0.1): nn.Layer => nn.neuron(constantLeak, { leak, surrogate: 'triangle' })
