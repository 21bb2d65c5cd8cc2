import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../../src/errors.js'
import { moderateTensor } from '../../../src/testing/arbitraries.js'
import { finiteDifferences } from '../../../src/testing/gradient.js'
import {
  type NeuronModelName,
  type NeuronNumbers,
  type NeuronRun,
  type NeuronSettings,
  type NeuronStates,
  neuronGradients,
  neuronModels,
  runNeurons,
} from '../../../src/testing/oracle/neurons/index.js'
import { expectClose } from '../../../src/testing/tolerance.js'
import { numbers as drawn, get, primitiveOf, product } from '../support.js'
import { drawnStates, modelCases, plainSettings, settingsOf } from './neuron-cases.js'

const names = Object.keys(neuronModels) as NeuronModelName[]
const weights = [1, 0.5, -1, 2, 0.25]
const one = (timeSteps: number): NeuronRun => ({ timeSteps, neurons: 1 })

interface Example {
  readonly model: NeuronModelName
  readonly numbers: NeuronNumbers
  readonly settings?: Partial<NeuronSettings>
  readonly x: readonly number[]
  readonly spikes: readonly number[]
  /** A state after each step. */
  readonly states: Readonly<Record<string, readonly number[]>>
  readonly gradient?: readonly number[]
  /** Gradient of v after the last step. */
  readonly final?: number
}

const settingsWith = (settings: Partial<NeuronSettings> = {}) => ({ ...plainSettings, ...settings })
const undecayed = { choices: { decayInput: false } }
const membrane = { threshold: 1, resetPotential: 0 }
const lowReset = { threshold: 1, resetPotential: -0.1, restPotential: 0 }
const a = [1.5, 1.6, 0.4, 2.5, 0.7]
const b = [0.8, 0.9, 0.1, 1.3, 0.2]

const examples: Readonly<Record<string, Example>> = {
  'A, LIF with decayed input and hard reset': {
    model: 'lif',
    numbers: { tau: 2, ...membrane },
    x: a,
    spikes: [0, 1, 0, 1, 0],
    states: { v: [0.75, 0, 0.2, 0, 0.35] },
    gradient: [0.346968328, 0.14072981, 0.113589227, 0.374080557, 0.257253514],
    final: 0.5,
  },
  'A, detached': {
    model: 'lif',
    numbers: { tau: 2, ...membrane },
    settings: { detachReset: true },
    x: a,
    spikes: [0, 1, 0, 1, 0],
    states: { v: [0.75, 0, 0.2, 0, 0.35] },
    gradient: [0.405230454, 0.191974449, 0.158005795, 0.452688088, 0.274178381],
    final: 0.5,
  },
  'A, PLIF, detached': {
    model: 'plif',
    numbers: { w: 0, ...membrane },
    settings: { detachReset: true },
    x: a,
    spikes: [0, 1, 0, 1, 0],
    states: { v: [0.75, 0, 0.2, 0, 0.35] },
    gradient: [0.405230454, 0.191974449, 0.158005795, 0.452688088, 0.274178381],
    final: 0.5,
  },
  'B, LIF with undecayed input and soft reset': {
    model: 'lif',
    numbers: { tau: 2, ...membrane },
    settings: { reset: 'soft', ...undecayed },
    x: b,
    spikes: [0, 1, 0, 1, 0],
    states: { v: [0.8, 0.3, 0.25, 0.425, 0.4125] },
    gradient: [0.761488816, 0.314665855, 0.212036712, 0.860713403, 0.443266347],
    final: 0.5,
  },
  'B, delayed subtraction': {
    model: 'leaky',
    numbers: { beta: 0.5, threshold: 1 },
    settings: { reset: 'soft', detachReset: true },
    x: b,
    spikes: [0, 1, 0, 1, 0],
    states: { v: [0.8, 1.3, -0.25, 1.175, -0.2125] },
    gradient: [1.058361217, 0.682808833, 0.836030812, 1.793854982, 0.516118778],
    final: 0.5,
  },
  'C, IF': {
    model: 'if',
    numbers: membrane,
    x: [0.6, 0.7, 0.2, 0.5, 0.6],
    spikes: [0, 1, 0, 0, 1],
    states: { v: [0.6, 0, 0.2, 0.7, 0] },
    gradient: [0.187358923, -0.261111688, 0.763883003, 0.925868391, -0.211834741],
    final: 0.5,
  },
  'D, ALIF': {
    model: 'alif',
    numbers: { tau: 2, threshold: 0.5, resetPotential: 0, persistence: 0.5, strength: 0.4 },
    settings: { reset: 'soft', ...undecayed },
    x: [0.6, 0.7, 0.8, 0.9, 0.3],
    spikes: [1, 0, 1, 1, 0],
    states: { a: [0, 1, 0.5, 1.25, 1.625], v: [0.1, 0.75, 0.675, 0.7375, 0.66875] },
    gradient: [0.892147901, 0.445104322, 0.155339261, 1.454465291, 0.5],
    final: 0.5,
  },
  'E, QIF': {
    model: 'qif',
    numbers: { tau: 2, gain: 1, criticalPotential: 0.8, ...lowReset },
    x: [1, 1.2, 1.3, 0.2],
    spikes: [0, 0, 1, 0],
    states: { v: [0.445, 0.9660125, -0.1, 0.045] },
    gradient: [0.355015372, 0.25580482, -0.101975733, 0.099986742],
  },
  'E, EIF': {
    model: 'eif',
    numbers: { tau: 2, sharpness: 1, rheobase: 0.8, ...lowReset },
    x: [1, 1.2, 0.3, 0.2],
    spikes: [0, 1, 0, 0],
    states: { v: [0.65328483, -0.1, 0.30328483, 0.555905558] },
    gradient: [0.249713162, 0.034434357, 0.1676043, 0.33938777],
  },
  'E, Izhikevich': {
    model: 'izhikevich',
    numbers: {
      tau: 2,
      gain: 1,
      criticalPotential: 0.8,
      threshold: 1,
      resetPotential: 0,
      restPotential: -0.1,
      adaptationTau: 4,
      coupling: 0.2,
      jump: 0.3,
    },
    x: [1.2, 1.4, 1.6, 0.2],
    spikes: [0, 1, 0, 0],
    states: { w: [0.033, 0.387965, 0.324274625, 0.269504067], v: [0.56, 0, 0.5660175, 0.425961968] },
    gradient: [0.290397172, 0.145251726, 0.036238941, 0.235170793],
  },
  'H, SRM with an alpha kernel': {
    model: 'srmAlpha',
    numbers: { tauSynapse: 3, threshold: 2, refractoryFactor: 0.7, refractoriness: 0 },
    x: [1, 0, 0, 0, 0, 0],
    spikes: [0, 0, 0, 0, 0, 0],
    states: { v: [0, 0.64924468, 0.930408283, 1, 0.955375081, 0.855695198] },
  },
}

const stateAfter = (states: readonly (readonly NeuronStates[])[], name: string) =>
  states.slice(1).map(([only]) => only?.[name] ?? Number.NaN)

describe('worked example', () => {
  it.each(Object.entries(examples))('%s', (_, { model, numbers, settings, x, spikes, states, gradient, final = 0 }) => {
    const full = settingsWith(settings)
    const outcome = runNeurons(neuronModels[model], x, numbers, full, one(x.length))
    expect([...outcome.spikes]).toEqual(spikes)
    for (const [state, values] of Object.entries(states))
      expectClose(stateAfter(outcome.states, state), values, { absolute: 1e-8 })
    if (!gradient) return
    const toOutput = weights.slice(0, x.length)
    const { input } = neuronGradients(neuronModels[model], x, toOutput, numbers, full, one(x.length), () => ({
      v: final,
    }))
    expectClose(input, gradient, { absolute: 1e-9 })
  })

  it('A, the gradient of w of PLIF', () => {
    const { numbers, settings, x } = examples['A, PLIF, detached'] as Example
    const full = settingsWith(settings)
    const { numbers: byNumber } = neuronGradients(neuronModels.plif, x, weights, numbers, full, one(5), () => ({
      v: 0.5,
    }))
    expectClose(byNumber.w ?? [], [1.03366687423], { absolute: 1e-10 })
  })

  it('of three compartments by hand: both dendrites drive the soma, a spike empties all', () => {
    const numbers = { tau: 2, basalTau: 2, apicalTau: 2, threshold: 1, resetPotential: 0 }
    // basal 2, 2, 0 and apical 1, 4, 1
    const x = [2, 1, 2, 4, 0, 1]
    const { spikes, states } = runNeurons(neuronModels.multiCompartment, x, numbers, plainSettings, one(3))
    expect([...spikes]).toEqual([0, 1, 0])
    expect(stateAfter(states, 'basal')).toEqual([1, 0, 0])
    expect(stateAfter(states, 'apical')).toEqual([0.5, 0, 0.5])
    expect(stateAfter(states, 'v')).toEqual([0.75, 0, 0.25])
  })

  it('of snnTorch Synaptic by hand: the reset comes a step late and, to zero, takes that step with it', () => {
    const numbers = { alpha: 0.5, beta: 0.5, threshold: 1 }
    const run = (reset: 'hard' | 'soft') =>
      runNeurons(neuronModels.synaptic, [2, 1, 0], numbers, settingsWith({ reset, detachReset: true }), one(3))
    expect(stateAfter(run('soft').states, 'i')).toEqual([2, 2, 1])
    expect(stateAfter(run('soft').states, 'v')).toEqual([2, 2, 1])
    expect(stateAfter(run('hard').states, 'v')).toEqual([2, 0, 1])
    expect([...run('hard').spikes]).toEqual([1, 0, 1])
  })

  it('F, Izhikevich in mV', () => {
    const { numbers } = modelCases.izhikevichBio
    const x = new Float64Array(8).fill(10)
    const { spikes, states } = runNeurons(neuronModels.izhikevichBio, x, numbers, plainSettings, one(8))
    const v = [-61.5, -58.1085, -54.358151, -49.678252, -43.051315, -32.168884, -10.484203, -65]
    expectClose(stateAfter(states, 'v'), v, { absolute: 1e-6 })
    expect([...spikes]).toEqual([0, 0, 0, 0, 0, 0, 0, 1])
    expect(stateAfter(states, 'u').at(-1)).toBeCloseTo(-4.492211728, 8)
  })

  it('G, Hodgkin and Huxley', () => {
    const x = new Float64Array(1000).fill(10)
    const { spikes, states } = runNeurons(neuronModels.hodgkinHuxley, x, { timeStep: 0.01 }, plainSettings, one(1000))
    const v = stateAfter(states, 'v')
    const due = [
      [1, -64.899992],
      [100, -55.943666],
      [200, 31.037297],
      [300, 2.908519],
      [500, -75.05325],
      [1000, -66.63964],
    ] as const
    for (const [step, value] of due) expect(v[step - 1]).toBeCloseTo(value, 5)
    expect([...spikes.keys()].filter((t) => spikes[t] === 1)).toEqual([189])
  })
})

const timeSteps = 5
const neurons = 4

const inputsOf = (name: NeuronModelName): number => neuronModels[name].inputs ?? 1

/** A run of a model with drawn input and states. */
function drawCase(name: NeuronModelName, settings: NeuronSettings, seed: number) {
  const { numbers, input: [mean, width] = [0.7, 1.5] } = modelCases[name]
  const x = drawn(timeSteps * inputsOf(name) * neurons, seed, width).map((value) => value + mean)
  const noise = drawn(neurons * 8, seed + 1)
  const states = Array.from({ length: neurons }, (_, n) =>
    drawnStates(name, numbers, settings, (k) => get(noise, 8 * n + k)),
  )
  return {
    name,
    numbers,
    x,
    states,
    toOutput: drawn(timeSteps * neurons, seed + 2),
    toFinal: drawn(neurons * 8, seed + 3),
  }
}

type Drawn = ReturnType<typeof drawCase>
/** States with a gradient: a count has none, nor has a spike that a later reset answers and that is always detached. */
const stateNames = ({ name, states }: Drawn) =>
  Object.keys(states[0] ?? {}).filter((state) => state !== 'count' && !(modelCases[name].detached && state === 'r'))

/** dL/d(final states): a number for each state and neuron. */
const finalGradient = (drawnCase: Drawn, n: number): NeuronStates =>
  Object.fromEntries(stateNames(drawnCase).map((state, k) => [state, get(drawnCase.toFinal, 8 * n + k)]))

/**
 * Loss of a smooth stand-in with the spikes of `base` at the point where it was taken: s = s0 + g(x) - g(x0). Its true
 * derivative is what the surrogate promises, so finite differences check a gradient without any backward formula.
 */
function smoothLoss(name: NeuronModelName, settings: NeuronSettings, drawnCase: Drawn) {
  const model = neuronModels[name]
  const base = runNeurons(model, drawnCase.x, drawnCase.numbers, settings, {
    timeSteps,
    neurons,
    initialStates: (n) => drawnCase.states[n] ?? {},
  })
  const primitive =
    name === 'burst' ? (x: number) => Math.min(4.5, Math.max(-0.5, x)) : primitiveOf(settings.surrogate.name)
  const loss = (
    x: ArrayLike<number>,
    numbers: NeuronNumbers,
    states: readonly NeuronStates[],
    width?: number,
  ): number => {
    const widths = width === undefined ? settings.surrogate.numbers : [width]
    const outcome = runNeurons(model, x, numbers, settings, {
      timeSteps,
      neurons,
      initialStates: (n) => states[n] ?? {},
      fire: (excess, i) => {
        const s0 = get(base.spikes, i)
        const s = s0 + primitive(excess, ...widths) - primitive(get(base.excess, i), ...settings.surrogate.numbers)
        return { s, atReset: settings.detachReset ? s0 : s }
      },
    })
    const final = (outcome.states[timeSteps] ?? []).reduce((sum, state, n) => {
      const gradient = finalGradient(drawnCase, n)
      return sum + Object.entries(gradient).reduce((part, [key, g]) => part + g * (state[key] ?? Number.NaN), 0)
    }, 0)
    return product(outcome.output, drawnCase.toOutput) + final
  }
  return { base, loss }
}

describe.each(names)('the gradient of %s equals that of a smooth neuron', (name) => {
  const choices = name === 'burst' ? { boost: false } : {}
  it.each(settingsOf(name).map((settings) => [JSON.stringify(settings), settings] as const))('%s', (_, plain) => {
    const settings = { ...plain, choices: { ...plain.choices, ...choices } }
    const drawnCase = drawCase(name, settings, 10)
    const { numbers, x, states, toOutput } = drawnCase
    const { base, loss } = smoothLoss(name, settings, drawnCase)
    if (name !== 'integrator')
      expect(base.spikes.some((s) => s > 0) && base.spikes.some((s) => s === 0), 'spikes and silence').toBe(true)
    const run = { timeSteps, neurons, initialStates: (n: number) => states[n] ?? {} }
    const found = neuronGradients(neuronModels[name], x, toOutput, numbers, settings, run, (n) =>
      finalGradient(drawnCase, n),
    )
    const close = { absolute: 2e-6, relative: 2e-6 }
    expectClose(
      found.input,
      finiteDifferences((at) => loss(at, numbers, states), x),
      close,
    )
    for (const state of stateNames(drawnCase)) {
      const at = states.map((all) => all[state] ?? Number.NaN)
      const moved = (values: Float64Array) =>
        loss(
          x,
          numbers,
          states.map((all, n) => ({ ...all, [state]: get(values, n) })),
        )
      expectClose(
        found.states.map((all) => all[state] ?? Number.NaN),
        finiteDifferences(moved, at),
        close,
      )
    }
    for (const number of modelCases[name].learned ?? []) {
      const slope = finiteDifferences(
        ([value = 0]) => loss(x, { ...numbers, [number]: value }, states),
        [numbers[number] ?? 0],
      )
      expectClose([(found.numbers[number] ?? new Float64Array(0)).reduce((sum, part) => sum + part, 0)], slope, close)
    }
    if (name === 'integrator' || name === 'burst') return
    const byWidth = finiteDifferences(([width = 2]) => loss(x, numbers, states, width), [2])
    expectClose([(found.numbers.width ?? new Float64Array(0)).reduce((sum, part) => sum + part, 0)], byWidth, close)
  })
})

describe.each(names)('%s', (name) => {
  const perStep = inputsOf(name) * neurons
  const inputs = moderateTensor(timeSteps * perStep, 3)
  const anySettings = fc.constantFrom(...settingsOf(name))
  const shifted = (x: Float64Array) => {
    const [mean, width] = modelCases[name].input ?? [0.7, 1.5]
    return x.map((value) => mean + (value / 3) * width * 1.5)
  }
  const { numbers } = modelCases[name]
  const model = neuronModels[name]

  it('gives the same in one call as step by step', () => {
    // the numbers of a gated LIF depend on the step
    if (name === 'gatedLif') return
    fc.assert(
      fc.property(inputs, anySettings, (raw, settings) => {
        const x = shifted(raw)
        const whole = runNeurons(model, x, numbers, settings, { timeSteps, neurons })
        let carried: readonly NeuronStates[] | undefined
        for (let t = 0; t < timeSteps; t++) {
          const kept = carried
          const step = runNeurons(model, x.subarray(t * perStep, (t + 1) * perStep), numbers, settings, {
            timeSteps: 1,
            neurons,
            ...(kept ? { initialStates: (n: number) => kept[n] ?? {} } : {}),
          })
          expect([...step.output]).toEqual([...whole.output.subarray(t * neurons, (t + 1) * neurons)])
          carried = step.states[1]
        }
        expect(carried).toEqual(whole.states[timeSteps])
      }),
      { numRuns: 20 },
    )
  })

  it('fires alike whether its reset is detached or not, and never anything but 0 and 1', () => {
    fc.assert(
      fc.property(inputs, anySettings, (raw, settings) => {
        const x = shifted(raw)
        const [one, other] = [true, false].map((detachReset) =>
          runNeurons(model, x, numbers, { ...settings, detachReset }, { timeSteps, neurons }),
        )
        expect(one?.spikes).toEqual(other?.spikes)
        expect(one?.states).toEqual(other?.states)
        if (name !== 'burst') expect(one?.spikes.every((s) => s === 0 || s === 1)).toBe(true)
      }),
      { numRuns: 15 },
    )
  })

  it('treats neurons apart: permuting them permutes what they do', () => {
    fc.assert(
      fc.property(inputs, anySettings, (raw, settings) => {
        const x = shifted(raw)
        const turned = x.map((_, i) => get(x, i - (i % neurons) + ((i + 1) % neurons)))
        const before = runNeurons(model, x, numbers, settings, { timeSteps, neurons })
        const after = runNeurons(model, turned, numbers, settings, { timeSteps, neurons })
        expect([...after.output]).toEqual(
          [...after.output].map((_, i) => get(before.output, i - (i % neurons) + ((i + 1) % neurons))),
        )
      }),
      { numRuns: 10 },
    )
  })
})

describe('invariants of the sheet', () => {
  const x = moderateTensor(6, 3)
  const runOf = (name: NeuronModelName, input: ArrayLike<number>, numbers: NeuronNumbers, settings = plainSettings) =>
    runNeurons(neuronModels[name], input, numbers, settings, one(input.length))

  it('a hard reset leaves the reset potential exactly where there is a spike', () => {
    for (const name of ['lif', 'if', 'plif', 'klif', 'alif', 'cuba', 'qif', 'eif', 'adex', 'izhikevich'] as const)
      fc.assert(
        fc.property(x, (input) => {
          const { numbers } = modelCases[name]
          const { spikes, states } = runOf(name, input, numbers)
          stateAfter(states, 'v').forEach((v, t) => {
            if (spikes[t] === 1) expect(v).toBe(numbers.resetPotential)
          })
        }),
        { numRuns: 15 },
      )
  })

  it('IF with soft reset conserves charge', () => {
    fc.assert(
      fc.property(x, (input) => {
        const { spikes, states } = runOf('if', input, membrane, settingsWith({ reset: 'soft' }))
        const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0)
        expect(sum(input)).toBeCloseTo((stateAfter(states, 'v').at(-1) ?? 0) + sum(spikes), 12)
      }),
    )
  })

  it('LIF with decayed input stays silent below threshold and goes to v_rest + x', () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 0.89, noNaN: true }), fc.constantFrom(1.5, 2, 5), (current, tau) => {
        const numbers = { tau, ...membrane, restPotential: 0.1 }
        const { spikes, states } = runOf('lif', new Float64Array(200).fill(current), numbers)
        expect(spikes.every((s) => s === 0)).toBe(true)
        expect(stateAfter(states, 'v').at(-1)).toBeCloseTo(0.1 + current, 9)
      }),
      { numRuns: 30 },
    )
  })

  it('a delayed reset to zero fires as a hard reset to 0 does', () => {
    fc.assert(
      fc.property(x, fc.constantFrom(1.25, 2, 4), (input, tau) => {
        const hard = runOf('lif', input, { tau, ...membrane }, settingsWith(undecayed))
        const late = runOf('leaky', input, { beta: 1 - 1 / tau, threshold: 1 }, settingsWith({ detachReset: true }))
        expect(late.spikes).toEqual(hard.spikes)
      }),
    )
  })

  it('fires at the threshold unless the comparison is strict', () => {
    for (const strict of [false, true])
      expect([...runOf('lif', [2], { tau: 2, ...membrane }, settingsWith({ strict })).spikes]).toEqual([
        Number(!strict),
      ])
  })

  it('a burst is 0 at the threshold and at most 5', () => {
    const numbers = { tau: 2, threshold: 0.5, resetPotential: 0 }
    const bursts = [1, 1.02, 3.02, 5.02, 9.02, 100].map((current) => runOf('burst', [current], numbers))
    expect(bursts.map(({ spikes }) => spikes[0])).toEqual([0, 1, 2, 3, 5, 5])
    expect(bursts.map(({ output }) => output[0])).toEqual([0, 1, 3, 4.5, 7.5, 7.5])
  })

  it('refuses arrays of a wrong length and numbers that are missing', () => {
    expect(() => runOf('lif', [], { tau: 2, ...membrane })).toThrow(OptionError)
    expect(() =>
      runNeurons(neuronModels.lif, [1, 2, 3], membrane, plainSettings, { timeSteps: 2, neurons: 2 }),
    ).toThrow(ShapeError)
    expect(() => runOf('lif', [1], { tau: 2 })).toThrow(/has no state threshold/)
  })
})
