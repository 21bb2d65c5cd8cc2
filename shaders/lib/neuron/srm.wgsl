// lib/neuron/srm — spike response model (sheet 12, section 3.2); the state v is u, r the refractory trace of the next step
// double exponential: m = membraneFactor m + x, q = synapseFactor q + x, u = scale (m - q) - refractoriness r
// ALPHA_KERNEL: m = l (m + rise q), q = l q + x with the old q in m, l = synapseFactor, u = m - refractoriness r
// r[t+1] = refractoryFactor r[t] + s[t]; DETACH_RESET: no gradient through r
struct Trace { h : Element }

fn charge(state : ptr<function, State>, x : Element) -> Element {
  #if ${ALPHA_KERNEL}
  (*state).m = p.synapseFactor * ((*state).m + p.rise * (*state).q);
  (*state).q = p.synapseFactor * (*state).q + x;
  return (*state).m - p.refractoriness * (*state).r;
  #else
  (*state).m = p.membraneFactor * (*state).m + x;
  (*state).q = p.synapseFactor * (*state).q + x;
  return p.scale * ((*state).m - (*state).q) - p.refractoriness * (*state).r;
  #endif
}
fn excess(state : State, h : Element) -> Element { return h - p.threshold; }
fn reset(state : ptr<function, State>, h : Element, s : Element) {
  (*state).v = h;
  (*state).r = p.refractoryFactor * (*state).r + s;
}
fn remember(before : State, x : Element, h : Element) -> Trace { return Trace(h); }

fn backward(trace : Trace, s : Element, ds : Element, back : ptr<function, State>) -> Element {
  #if ${DETACH_RESET}
  let gs = ds;
  #else
  let gs = ds + (*back).r;
  #endif
  let gh = throughSpike(trace.h - p.threshold, gs) + (*back).v;
  (*back).v = Element(0.0);
  (*back).r = p.refractoryFactor * (*back).r - p.refractoriness * gh;
  #if ${ALPHA_KERNEL}
  let gm = gh + (*back).m;
  let gq = (*back).q;
  (*back).m = p.synapseFactor * gm;
  (*back).q = p.synapseFactor * (p.rise * gm + gq);
  return gq;
  #else
  let gm = p.scale * gh + (*back).m;
  let gq = (*back).q - p.scale * gh;
  (*back).m = p.membraneFactor * gm;
  (*back).q = p.synapseFactor * gq;
  return gm + gq;
  #endif
}
