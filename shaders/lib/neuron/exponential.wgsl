// lib/neuron/exponential — exponential integrate-and-fire, and AdEx with ADAPT (sheet 12, section 3.2)
// flow(v) = rest - v + sharpness exp((v - rheobase)/sharpness); the exponent ends at 20, and so does its slope
fn flow(v : Element) -> Element {
  return p.restPotential - v + p.sharpness * exp(min((v - p.rheobase) / p.sharpness, Element(20.0)));
}
fn flowSlope(v : Element) -> Element {
  let y = (v - p.rheobase) / p.sharpness;
  return select(Element(0.0), exp(min(y, Element(20.0))), y < Element(20.0)) - 1.0;
}
#include "lib/neuron/adaptation"
