// lib/neuron/quadratic — quadratic integrate-and-fire, and Izhikevich's dimensionless form with ADAPT (sheet 12, 3.2)
// flow(v) = gain (v - rest)(v - critical)
fn flow(v : Element) -> Element { return p.gain * (v - p.restPotential) * (v - p.criticalPotential); }
fn flowSlope(v : Element) -> Element { return p.gain * (2.0 * v - p.restPotential - p.criticalPotential); }
#include "lib/neuron/adaptation"
