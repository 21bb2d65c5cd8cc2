// lib/neuron/hodgkin_huxley — the squid axon, V in mV, x in uA/cm^2, C = 1 uF/cm^2 (sheet 12, section 3.2)
// Each step: rates from the old V; gates y <- yInf + (y - yInf) exp(-dt (a + b)); currents with new gates and old V;
// V <- V + dt (x - INa - IK - IL); s = H(V/10) where the old V was below 0 (that factor is a constant to the gradient)
struct Rates { a : Element, b : Element, da : Element, db : Element }
struct Trace { before : State, v : Element }

// y/(1 - exp(-y/k)), by its series near 0 where the quotient loses its digits; and its derivative
fn linoid(y : Element, k : f32) -> Element {
  let z = y / k;
  let far = select(z, Element(1.0), abs(z) < Element(0.1));
  let series = k * (1.0 + z * (0.5 + z * (1.0 / 12.0 - z * z / 720.0)));
  return select(k * far / (1.0 - exp(clamp(-far, Element(-80.0), Element(80.0)))), series, abs(z) < Element(0.1));
}
fn linoidSlope(y : Element, k : f32) -> Element {
  let z = y / k;
  let far = select(z, Element(1.0), abs(z) < Element(0.1));
  let e = exp(clamp(-far, Element(-40.0), Element(40.0)));
  let quotient = (1.0 - e - far * e) / ((1.0 - e) * (1.0 - e));
  return select(quotient, 0.5 + z * (1.0 / 6.0 - z * z / 180.0), abs(z) < Element(0.1));
}
fn decaying(y : Element, k : f32) -> Element { return exp(clamp(-y / k, Element(-80.0), Element(80.0))); }

fn ratesN(v : Element) -> Rates {
  let b = 0.125 * decaying(v + 65.0, 80.0);
  return Rates(0.01 * linoid(v + 55.0, 10.0), b, 0.01 * linoidSlope(v + 55.0, 10.0), b / -80.0);
}
fn ratesM(v : Element) -> Rates {
  let b = 4.0 * decaying(v + 65.0, 18.0);
  return Rates(0.1 * linoid(v + 40.0, 10.0), b, 0.1 * linoidSlope(v + 40.0, 10.0), b / -18.0);
}
fn ratesH(v : Element) -> Rates {
  let a = 0.07 * decaying(v + 65.0, 20.0);
  let b = 1.0 / (1.0 + decaying(v + 35.0, 10.0));
  return Rates(a, b, a / -20.0, b * (1.0 - b) * 0.1);
}
fn gate(y : Element, rates : Rates) -> Element {
  let end = rates.a / (rates.a + rates.b);
  return end + (y - end) * exp(-p.dt * (rates.a + rates.b));
}
// d(new gate)/dV
fn gateSlope(y : Element, rates : Rates) -> Element {
  let sum = rates.a + rates.b;
  let e = exp(-p.dt * sum);
  let slope = (rates.da * rates.b - rates.a * rates.db) / (sum * sum);
  return slope * (1.0 - e) - (y - rates.a / sum) * p.dt * (rates.da + rates.db) * e;
}
fn kept(rates : Rates) -> Element { return exp(-p.dt * (rates.a + rates.b)); }

fn charge(state : ptr<function, State>, x : Element) -> Element {
  let v = (*state).v;
  let n = gate((*state).n, ratesN(v));
  let m = gate((*state).m, ratesM(v));
  let h = gate((*state).h, ratesH(v));
  (*state).n = n;
  (*state).m = m;
  (*state).h = h;
  let sodium = 120.0 * m * m * m * h * (v - 50.0);
  let potassium = 36.0 * n * n * n * n * (v + 77.0);
  return v + p.dt * (x - sodium - potassium - 0.3 * (v + 54.387));
}
fn excess(state : State, h : Element) -> Element { return select(Element(-1.0), h * 0.1, state.v < Element(0.0)); }
fn reset(state : ptr<function, State>, h : Element, s : Element) { (*state).v = h; }
fn remember(before : State, x : Element, h : Element) -> Trace { return Trace(before, h); }

fn backward(trace : Trace, s : Element, ds : Element, back : ptr<function, State>) -> Element {
  let v = trace.before.v;
  let rn = ratesN(v);
  let rm = ratesM(v);
  let rh = ratesH(v);
  let n = gate(trace.before.n, rn);
  let m = gate(trace.before.m, rm);
  let h = gate(trace.before.h, rh);
  let below = select(Element(0.0), ds, v < Element(0.0));
  let gv = (*back).v + throughSpike(trace.v * 0.1, below) * 0.1;
  let flow = p.dt * gv;
  let gn = (*back).n - flow * 36.0 * 4.0 * n * n * n * (v + 77.0);
  let gm = (*back).m - flow * 120.0 * 3.0 * m * m * h * (v - 50.0);
  let gh = (*back).h - flow * 120.0 * m * m * m * (v - 50.0);
  let conductance = 120.0 * m * m * m * h + 36.0 * n * n * n * n + 0.3;
  (*back).v = gv * (1.0 - p.dt * conductance) + gn * gateSlope(trace.before.n, rn)
    + gm * gateSlope(trace.before.m, rm) + gh * gateSlope(trace.before.h, rh);
  (*back).n = gn * kept(rn);
  (*back).m = gm * kept(rm);
  (*back).h = gh * kept(rh);
  return flow;
}
