/** Every neuron of the library on the GPU, against its float64 model replaying the GPU's own spikes. */
import { describe, expect, it } from 'vitest'
import type { NeuronDefinition, NeuronOptions } from '../../src/ops/neuron/definition.js'
import * as neurons from '../../src/ops/neuron/models.js'
import { resolveNeuron } from '../../src/ops/neuron/resolve.js'
import type { ActivationShape } from '../../src/ops/op.js'
import {
  kernelStateGradient,
  kernelStates,
  modelFinalGradient,
  modelOf,
  type NeuronCase,
  type NeuronData,
  neuronData,
  numbersOf,
  replayRun,
  rowNames,
  runNeuronCase,
  runStepByStep,
  settingsOf,
} from '../../src/properties/neuron-run.js'
import { type NeuronStates, neuronGradients, runNeurons } from '../../src/testing/oracle/neurons/index.js'
import { compareSpikes, expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'

type Ranges = Readonly<Record<string, readonly [number, number]>>

interface Subject {
  readonly definition: NeuronDefinition
  readonly options: readonly NeuronOptions[]
  readonly input?: readonly [number, number]
  readonly states?: Ranges
}

const subject = <P extends string, C extends string>(
  definition: NeuronDefinition<P, C>,
  options: readonly NeuronOptions<P, C>[],
  input?: readonly [number, number],
  states?: Ranges,
): Subject => ({
  definition: definition as unknown as NeuronDefinition,
  options: options as unknown as readonly NeuronOptions[],
  ...(input ? { input } : {}),
  ...(states ? { states } : {}),
})

const v: Ranges = { v: [0.1, 0.5] }
const usual = { threshold: 0.75, resetPotential: -0.125 } as const
const resets = <O extends object>(options: O) => [
  { ...options, ...usual, reset: 'hard' as const },
  { ...options, ...usual, reset: 'soft' as const, detachReset: true },
]
const adapting = { adaptationTau: 4, coupling: 0.2, jump: 0.3 } as const

/** The first options are those of most tests; each set is one more pair of kernels to compile. */
const subjects: Readonly<Record<string, Subject>> = {
  if: subject(neurons.integrateAndFire, [{ ...usual }], [0.4, 1], v),
  plif: subject(
    neurons.plif,
    [...resets({ decayInput: true }), { ...usual, perChannel: true, decayInput: false }],
    [0.7, 2],
    v,
  ),
  klif: subject(
    neurons.klif,
    [
      { ...usual, kappa: 1.25 },
      { ...usual, reset: 'soft', perChannel: true },
    ],
    [0.7, 2],
    v,
  ),
  alif: subject(neurons.alif, resets({ persistence: 0.5, strength: 0.4, decayInput: false }), [0.4, 1.2], {
    ...v,
    a: [0.5, 0.5],
    s: [0.5, 0.5],
  }),
  refractory: subject(neurons.refractory, resets({ refractory: 2 }), [1.2, 2], { ...v, count: [0, 0] }),
  liaf: subject(neurons.liaf, [{ ...usual, offset: 0.25 }], [0.7, 2], v),
  burst: subject(
    neurons.burst,
    [{ threshold: 0.5 }, { threshold: 0.5, reset: 'soft', boost: false, decayInput: false }],
    [2, 5],
    v,
  ),
  cuba: subject(neurons.cuba, resets({}), [0.3, 1], { ...v, i: [0, 0.5] }),
  leaky: subject(neurons.leaky, [{ beta: 0.6 }, { beta: 0.6, reset: 'hard' }], [0.5, 1], v),
  lapicque: subject(neurons.lapicque, [{ resistance: 2, capacitance: 1.5 }], [0.7, 1.5], v),
  srm: subject(neurons.srm, [{ threshold: 0.5 }, { threshold: 0.5, detachReset: true }], [0.5, 1], {
    m: [0.5, 0.5],
    q: [0, 0.5],
    r: [0.3, 0.3],
    s: [0.5, 0.5],
  }),
  srmAlpha: subject(neurons.srmAlpha, [{ threshold: 0.5 }], [0.5, 1], { m: [0.5, 0.5], q: [0.5, 0.5] }),
  integrator: subject(neurons.integrator, [{}], [0.5, 1], v),
  qif: subject(neurons.qif, [{ restPotential: 0.05 }], [1, 1], v),
  eif: subject(neurons.eif, [{ restPotential: 0.05, reset: 'soft' }], [0.5, 1], v),
  adex: subject(neurons.adex, [{ ...adapting }], [0.7, 1], { ...v, w: [0, 0.3] }),
  izhikevich: subject(neurons.izhikevich, [{ ...adapting, detachReset: true }], [1.2, 1], { ...v, w: [0, 0.3] }),
  izhikevichBio: subject(neurons.izhikevichBio, [{}], [10, 10], { v: [-10, 30], u: [-10, 3] }),
  hodgkinHuxley: subject(neurons.hodgkinHuxley, [{ timeStep: 0.05 }], [30, 30], {
    v: [-12, 12],
    n: [0.4, 0.1],
    m: [0.6, 0.2],
    h: [0.5, 0.1],
  }),
  gatedLif: subject(neurons.gatedLif, [{}, { perChannel: true }], [0.7, 1.5], { ...v, s: [0.5, 0.5] }),
}

const shapeOf = (steps: number, channels: number, side = 1): ActivationShape => ({
  steps,
  batch: 2,
  height: side,
  width: 1,
  channels,
})

function caseOf(name: string, option: number, fixed: Partial<NeuronCase> = {}): NeuronCase {
  const { definition, options, input = [0.7, 1.5], states = {} } = subjects[name] as Subject
  return {
    neuron: resolveNeuron(definition, options[option]),
    shape: shapeOf(5, 12, 2),
    constant: false,
    input,
    states,
    readers: 1,
    slabs: 1,
    seed: 1,
    ...fixed,
  }
}

/** Rounding moves what is compared with zero by less than this. */
const nearThreshold = 2e-4

/** Spikes that rounding cannot explain; of a grade, those that are off by more than one step at a step's edge. */
function illegalSpikes(run: NeuronCase, data: NeuronData, spikes: Float64Array) {
  const model = modelOf(run)
  const { excess } = runNeurons(model, data.x, {}, settingsOf(run), replayRun(run, data, spikes))
  const compared = excess.map((x) => (Number.isNaN(x) ? -1 : x))
  const due = compared.map((x) => model.stepFunction?.(x) ?? Number(x >= 0))
  if (!model.stepFunction) return compareSpikes(spikes, due, compared, 0, nearThreshold).illegal
  return [...spikes.keys()].filter((i) => {
    const x = compared[i] ?? Number.NaN
    return spikes[i] !== due[i] && Math.abs(x - Math.round(x)) > nearThreshold
  })
}

/** Within `relative` of the largest value there is. */
function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, relative = 3e-4): void {
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 1)
  expectClose(actual, expected, { absolute: relative * largest })
}

async function expectNeurons(run: NeuronCase) {
  const data = neuronData(run)
  const device = await runNeuronCase(await testGpu(), run, data)
  expect(illegalSpikes(run, data, device.spikes)).toEqual([])
  const model = modelOf(run)
  const settings = settingsOf(run)
  const replay = replayRun(run, data, device.spikes)
  const forward = runNeurons(model, data.x, {}, settings, replay)
  expectNear(device.output, forward.output)
  expectNear(device.finalState, kernelStates(run, forward.states[run.shape.steps] ?? []))
  const all = data.dys.map((dy, reader) => {
    const final = (n: number): NeuronStates => (reader === 0 ? modelFinalGradient(run, data.dFinal, n) : {})
    return neuronGradients(model, data.x, dy, {}, settings, replay, final)
  })
  const sum = (part: (gradients: (typeof all)[number]) => ArrayLike<number>) => {
    const parts = all.map(part)
    return Float64Array.from(parts[0] ?? [], (_, i) => parts.reduce((total, one) => total + (one[i] ?? Number.NaN), 0))
  }
  expectNear(
    device.dx,
    sum(({ input }) => input),
  )
  expectNear(
    device.dInitial,
    sum(({ states }) => kernelStateGradient(run, states)),
  )
  const columns = run.neuron.perChannel ? run.shape.channels : 1
  const byWeight = rowNames(run).flatMap((name) => {
    const perNeuron = sum(({ numbers }) => numbers[name] ?? [])
    return Array.from({ length: columns }, (_, c) =>
      perNeuron.filter((__, n) => n % columns === c).reduce((a, b) => a + b, 0),
    )
  })
  expectNear(device.dWeights, byWeight)
  expect(device.slabs).toBeGreaterThanOrEqual(run.slabs)
  return { data, device }
}

const names = Object.keys(subjects)

describe.each(names)('%s on the GPU', (name) => {
  const { options } = subjects[name] as Subject

  it.each(options.map((option, index) => [JSON.stringify(option), index] as const))(
    'is its float64 model, forward and backward: %s',
    async (_, index) => {
      const { device } = await expectNeurons(caseOf(name, index))
      if (name !== 'integrator') expect(new Set(device.spikes).size).toBeGreaterThan(1)
    },
  )

  it('is so for sizes that are no multiple of four, for one step, and from a constant input read twice', async () => {
    await expectNeurons(caseOf(name, 0, { shape: shapeOf(7, 33), seed: 2, readers: 2, constant: true }))
    await expectNeurons(caseOf(name, 0, { shape: shapeOf(1, 31), seed: 3 }))
  })

  it('gives the same in slabs of its steps', async () => {
    const whole = await expectNeurons(caseOf(name, 0, { shape: shapeOf(6, 8), seed: 4 }))
    const cut = await expectNeurons(caseOf(name, 0, { shape: shapeOf(6, 8), seed: 4, slabs: 3 }))
    expect(cut.device.output).toEqual(whole.device.output)
    expect(cut.device.finalState).toEqual(whole.device.finalState)
    expectNear(cut.device.dx, whole.device.dx, 1e-6)
  })

  it('gives the same one step at a time', async () => {
    // a number for each step belongs to a sequence
    if (name === 'gatedLif' || name === 'plif' || name === 'klif') return
    const run = caseOf(name, 0, { shape: shapeOf(6, 8), seed: 5 })
    const data = neuronData(run)
    const whole = await runNeuronCase(await testGpu(), run, data, false)
    const steps = await runStepByStep(await testGpu(), run, data)
    expect(steps.words).toEqual(whole.words)
    expect(steps.finalState).toEqual(whole.finalState)
  })
})

describe('numbers of the sheet', () => {
  it('cover every neuron of the library', () => {
    const defined = Object.values(neurons)
      .filter((entry): entry is NeuronDefinition => typeof entry === 'object' && 'snippet' in entry)
      .map(({ name }) => name)
    // LIF has tests of its own
    expect(defined.filter((name) => name !== 'lif').sort()).toEqual([...names].sort())
  })

  it('reach the model through the options', () => {
    const run = caseOf('plif', 0)
    expect(numbersOf(run, Float64Array.of(0.25), 3)).toMatchObject({ w: 0.25, threshold: 0.75 })
  })
})
