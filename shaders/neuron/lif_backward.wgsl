// neuron/lif_backward — gradient of neuron/lif_forward by backpropagation through time with a surrogate derivative.
// The membranes are computed again from the current and the spikes that the forward pass really made.
// G = ds[t], V = carry from t+1, q = surrogate'(h - threshold):
//   hard gh = G q + V ((1 - s) + D (vReset - h) q); soft gh = G q + V (1 - D threshold q); none gh = G q + V
//   dx[t] = gh dh/dx, V <- gh dh/dv, D = 0 if the reset is detached (sheet 12, section 3.1)
// in  0 x      f32 [steps or 1, B, N]   in 1 spikes u32 [steps, B, words]   in 2 ds f32 [steps, B, N]
// in  3 start  f32 [B, N] membrane before the first step (LOAD_STATE)
// io  4 carry  f32 [B, N] V of the steps after this slab, then of this slab (LOAD_CARRY, STORE_CARRY)
// out 5 dx     f32 [steps or 1, B, N]; a constant input receives the sum over steps; ACCUMULATE adds
// grid B * N/4 (VEC) or B * N
// flags steps of a slab are at most 40 (the kernel keeps them in registers)
struct Parameters {
  invocations : u32, steps : u32, batch : u32, neurons : u32,
  words : u32, inputStep : u32, threshold : f32, decay : f32,
  resetPotential : f32, alpha : f32,
}
#include "lib/element"
@group(0) @binding(0) var<storage, read> x : array<Element>;
@group(0) @binding(1) var<storage, read> spikes : array<u32>;
@group(0) @binding(2) var<storage, read> ds : array<Element>;
@group(0) @binding(3) var<storage, read> start : array<Element>;
@group(0) @binding(4) var<storage, read_write> carry : array<Element>;
@group(0) @binding(5) var<storage, read_write> dx : array<Element>;
@group(0) @binding(6) var<uniform> p : Parameters;

#include "lib/grid"
#include "lib/lif"
#include "lib/surrogate"

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  #if ${VEC}
  let perSample = p.neurons / 4u;
  let lane = index % perSample;
  let bit = (lane * 4u) & 31u;
  let word = lane / 8u;
  #else
  let perSample = p.neurons;
  let lane = index % perSample;
  let bit = lane & 31u;
  let word = lane / 32u;
  #endif
  let sample = index / perSample;
  let stepSize = p.batch * perSample;

  var history : array<Element, 40>;
  var fired : array<u32, 40>;
  var v = Element(p.resetPotential);
  #if ${LOAD_STATE}
  v = start[index];
  #else
  _ = &start;
  #endif
  for (var t = 0u; t < p.steps; t++) {
    let h = charge(v, x[t * p.inputStep + index]);
    let bits = spikes[(t * p.batch + sample) * p.words + word] >> bit;
    history[t] = h;
    fired[t] = bits;
    #if ${VEC}
    v = reset(h, (vec4u(bits) & vec4u(1u, 2u, 4u, 8u)) != vec4u(0u));
    #else
    v = reset(h, (bits & 1u) != 0u);
    #endif
  }

  var back = Element(0.0);
  #if ${LOAD_CARRY}
  back = carry[index];
  #endif
  #if ${CONSTANT_INPUT}
  var total = Element(0.0);
  #endif
  for (var step = 0u; step < p.steps; step++) {
    let t = p.steps - 1u - step;
    let h = history[t];
    #if ${VEC}
    let s = select(vec4f(0.0), vec4f(1.0), (vec4u(fired[t]) & vec4u(1u, 2u, 4u, 8u)) != vec4u(0u));
    #else
    let s = f32(fired[t] & 1u);
    #endif
    let q = surrogateSlope(h - p.threshold, p.alpha);
    var gh = ds[t * stepSize + index] * q;
    #if ${RESET == 0}
    #if ${DETACH_RESET}
    gh += back * (1.0 - s);
    #else
    gh += back * ((1.0 - s) + (p.resetPotential - h) * q);
    #endif
    #elif ${RESET == 1 && !DETACH_RESET}
    gh += back * (1.0 - p.threshold * q);
    #else
    gh += back;
    #endif
    #if ${DECAY_INPUT}
    let gx = gh * p.decay;
    #else
    let gx = gh;
    #endif
    back = gh * (1.0 - p.decay);
    #if ${CONSTANT_INPUT}
    total += gx;
    #elif ${ACCUMULATE}
    dx[t * stepSize + index] += gx;
    #else
    dx[t * stepSize + index] = gx;
    #endif
  }
  #if ${CONSTANT_INPUT && ACCUMULATE}
  dx[index] += total;
  #elif ${CONSTANT_INPUT}
  dx[index] = total;
  #endif
  #if ${STORE_CARRY}
  carry[index] = back;
  #else
  _ = &carry;
  #endif
}
