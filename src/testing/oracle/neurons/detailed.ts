/** Hodgkin and Huxley's axon, and the gated LIF (sheet 12, sections 3.1 and 3.2). */
import { type NeuronModel, type NeuronNumbers, numberOf, stateOf } from './neuron.js'

/** phi(y, k) = y/(1 - exp(-y/k)) and its derivative. */
function phi(y: number, k: number): { value: number; slope: number } {
  const z = y / k
  if (Math.abs(y) < 1e-6) return { value: k * (1 + z / 2), slope: 1 / 2 + z / 6 }
  const e = Math.exp(-z)
  return { value: y / (1 - e), slope: (1 - e - z * e) / (1 - e) ** 2 }
}

interface Rates {
  readonly a: number
  readonly b: number
  readonly da: number
  readonly db: number
}

const gates = ['n', 'm', 'h'] as const
type Gate = (typeof gates)[number]

function ratesAt(v: number): Record<Gate, Rates> {
  const n = phi(v + 55, 10)
  const m = phi(v + 40, 10)
  const bn = 0.125 * Math.exp(-(v + 65) / 80)
  const bm = 4 * Math.exp(-(v + 65) / 18)
  const ah = 0.07 * Math.exp(-(v + 65) / 20)
  const bh = 1 / (1 + Math.exp(-(v + 35) / 10))
  return {
    n: { a: 0.01 * n.value, da: 0.01 * n.slope, b: bn, db: -bn / 80 },
    m: { a: 0.1 * m.value, da: 0.1 * m.slope, b: bm, db: -bm / 18 },
    h: { a: ah, da: -ah / 20, b: bh, db: (bh * (1 - bh)) / 10 },
  }
}

const relaxed = (y: number, { a, b }: Rates, dt: number): number => {
  const end = a / (a + b)
  return end + (y - end) * Math.exp(-dt * (a + b))
}

/** New gates, and V with them and the old V in the currents. */
function advance(states: Readonly<Record<string, number>>, x: number, dt: number) {
  const v = stateOf(states, 'v')
  const rates = ratesAt(v)
  const n = relaxed(stateOf(states, 'n'), rates.n, dt)
  const m = relaxed(stateOf(states, 'm'), rates.m, dt)
  const h = relaxed(stateOf(states, 'h'), rates.h, dt)
  const currents = 120 * m ** 3 * h * (v - 50) + 36 * n ** 4 * (v + 77) + 0.3 * (v + 54.387)
  return { v, rates, n, m, h, next: v + dt * (x - currents) }
}

/** s = H(V_new/10) 1[V_old < 0], the second factor detached; no reset. */
export const hodgkinHuxleyModel: NeuronModel = {
  initial: (numbers) => ({ v: numbers.initialPotential ?? -65, n: 0.3177, m: 0.0529, h: 0.5961 }),
  step(states, { x, numbers }, fire) {
    const { v, n, m, h, next } = advance(states, x, numberOf(numbers, 'timeStep'))
    const s = v < 0 ? fire(next / 10).s : 0
    return { states: { v: next, n, m, h }, membrane: next, output: s }
  },
  gradient({ states, x, numbers, carry, G, throughSpike }) {
    const dt = numberOf(numbers, 'timeStep')
    const { v, rates, n, m, h, next } = advance(states, x, dt)
    const gv = stateOf(carry, 'v') + (v < 0 ? throughSpike(next / 10, G) / 10 : 0)
    const after: Record<Gate, number> = {
      n: stateOf(carry, 'n') - dt * gv * 36 * 4 * n ** 3 * (v + 77),
      m: stateOf(carry, 'm') - dt * gv * 120 * 3 * m ** 2 * h * (v - 50),
      h: stateOf(carry, 'h') - dt * gv * 120 * m ** 3 * (v - 50),
    }
    let toV = gv * (1 - dt * (120 * m ** 3 * h + 36 * n ** 4 + 0.3))
    const before: Record<string, number> = {}
    for (const gate of gates) {
      const { a, b, da, db } = rates[gate]
      const E = Math.exp(-dt * (a + b))
      const endSlope = (da * b - a * db) / (a + b) ** 2
      const slope = endSlope * (1 - E) - (stateOf(states, gate) - a / (a + b)) * dt * (da + db) * E
      toV += after[gate] * slope
      before[gate] = after[gate] * E
    }
    return { dx: gv * dt, carry: { v: toV, ...before } }
  },
}

const sigmoid = (y: number): number => 1 / (1 + Math.exp(-y))
const gateNames = ['a', 'b', 'g', 'tau', 'lin', 'sub', 'threshold'] as const

/** All numbers of a gated LIF after the sigmoid; they are given before it, `c0`, `c1`, ... one for each step. */
function gatesOf(numbers: NeuronNumbers, t: number) {
  const value = (name: string) => sigmoid(numberOf(numbers, name))
  return {
    a: value('a'),
    b: value('b'),
    g: value('g'),
    tau: value('tau'),
    lin: value('lin'),
    sub: value('sub'),
    threshold: value('threshold'),
    c: value(`c${t}`),
  }
}

/** u = A v - (1 - a) lin + x (1 - b (1 - c_t)) - A v g s_prev - (1 - g) sub s_prev, A = 1 - a (1 - tau). */
export const gatedLifModel: NeuronModel = {
  initial: () => ({ v: 0, s: 0 }),
  step(states, { x, t, numbers }, fire) {
    const { a, b, g, tau, lin, sub, threshold, c } = gatesOf(numbers, t)
    const A = 1 - a * (1 - tau)
    const v = stateOf(states, 'v')
    const previous = stateOf(states, 's')
    const current = x * (1 - b * (1 - c))
    const u = A * v - (1 - a) * lin + current - A * v * g * previous - (1 - g) * sub * previous
    const { s } = fire(u - threshold)
    return { states: { v: u, s }, membrane: u, output: s }
  },
  gradient({ states, x, t, numbers, carry, G, throughSpike, add }) {
    const y = gatesOf(numbers, t)
    const { a, b, g, tau, lin, sub, threshold, c } = y
    const A = 1 - a * (1 - tau)
    const v = stateOf(states, 'v')
    const s = stateOf(states, 's')
    const u = A * v - (1 - a) * lin + x * (1 - b * (1 - c)) - A * v * g * s - (1 - g) * sub * s
    const spike = throughSpike(u - threshold, G + stateOf(carry, 's'))
    const gu = spike + stateOf(carry, 'v')
    const byGate = {
      a: gu * (-(1 - tau) * v + lin + (1 - tau) * v * g * s),
      b: -gu * x * (1 - c),
      g: gu * (-A * v * s + sub * s),
      tau: gu * (a * v - a * v * g * s),
      lin: -gu * (1 - a),
      sub: -gu * (1 - g) * s,
      threshold: -spike,
    }
    for (const name of gateNames) add(name, byGate[name] * y[name] * (1 - y[name]))
    add(`c${t}`, gu * x * b * c * (1 - c))
    return { dx: gu * (1 - b * (1 - c)), carry: { v: gu * A * (1 - g * s), s: -gu * (A * g * v + (1 - g) * sub) } }
  },
}
