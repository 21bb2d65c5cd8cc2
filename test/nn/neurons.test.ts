/** Neurons as layers: what their options may be, what they learn, and the conventions of other libraries. */
import { describe, expect, it } from 'vitest'
import { OptionError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import * as nn from '../../src/nn/index.js'
import { Model } from '../../src/nn/model.js'
import { ParameterTable } from '../../src/nn/parameters.js'
import { Scope } from '../../src/nn/scope.js'
import { lifNeuron, mseNasLif } from '../../src/ops/lif.js'
import * as models from '../../src/ops/neuron/models.js'
import { learnedRows, type Neuron, resolveNeuron } from '../../src/ops/neuron/resolve.js'
import { testGpu } from '../support/gpu.js'

describe('options of a neuron', () => {
  it.each<[string, () => unknown]>([
    ['lif.tau: must be above 1; got 1', () => nn.lif({ tau: 1 })],
    ['lif.tau: must be a finite number; got NaN', () => nn.lif({ tau: Number.NaN })],
    ['lif.tau: must be a finite number; got 2', () => nn.lif({ tau: '2' as unknown as number })],
    ['lif.threshold: must lie above the reset potential 1; got 1', () => nn.lif({ resetPotential: 1 })],
    ['lif.beta: must be at least 0 and at most 1; got 1.5', () => nn.lif({ beta: 1.5 })],
    ['lif.tua: is no option of this neuron', () => nn.lif({ tua: 2 } as object)],
    ['lif.reset: must be hard or soft or none; got sfot', () => nn.lif({ reset: 'sfot' as 'soft' })],
    ['lif.decayInput: must be true or false; got yes', () => nn.lif({ decayInput: 'yes' as unknown as boolean })],
    ['lif.surrogate: must name a surrogate; got step', () => nn.lif({ surrogate: 'step' as 'atan' })],
    ['lif.surrogate.alpha: must be above 0; got 0', () => nn.lif({ surrogate: { name: 'atan', alpha: 0 } })],
    [
      'lif.surrogate.slope: is no number of atan',
      () => nn.lif({ surrogate: { name: 'atan', slope: 1 } as unknown as 'atan' }),
    ],
    ['lif.surrogate.learn: is possible for atan only', () => nn.lif({ surrogate: { name: 'sigmoid', learn: true } })],
    ['lif.soft: needs a surrogate with a primitive', () => nn.lif({ soft: true, surrogate: 'relu_like' })],
    ['lif.strict: has no meaning where soft', () => nn.lif({ soft: true, strict: true })],
    ['lif.perChannel: is of no use', () => nn.lif({ perChannel: true })],
    ['srm.tauMembrane: must exceed tauSynapse 2; got 2', () => nn.srm({ tauMembrane: 2 })],
    ['refractory.refractory: must be at least 0 and a whole number; got 1.5', () => nn.refractory({ refractory: 1.5 })],
    ['integrator.surrogate: is of no use', () => nn.integrator({ surrogate: 'atan' })],
    ['integrator.reset: must be none; got hard', () => nn.integrator({ reset: 'hard' })],
    ['leaky.detachReset: must be true', () => nn.leaky({ detachReset: false })],
    ['burst.strict: is of no use', () => nn.burst({ strict: true })],
    ['hodgkinHuxley.soft: is not possible', () => nn.hodgkinHuxley({ soft: true })],
    ['gatedLif.tau: must be above 0 and below 1; got 2', () => nn.gatedLif({ tau: 2 })],
  ])('refuses: %s', (message, make) => {
    expect(make).toThrow(OptionError)
    expect(make).toThrow(message)
  })

  it('allows no memory at all only by beta', () => {
    expect(resolveNeuron(models.lif, { beta: 0 }).fields.decay).toBe(1)
    expect(resolveNeuron(models.lif, { tau: 3 }).fields.decay).toBe(1 / 3)
  })

  it('have the defaults of the sheet', () => {
    const { numbers, reset, detachReset, strict, surrogate } = resolveNeuron(models.lif)
    expect(numbers).toEqual({
      tau: 2,
      beta: 0.5,
      threshold: 1,
      resetPotential: 0,
      restPotential: 0,
      initialPotential: 0,
    })
    expect({ reset, detachReset, strict }).toEqual({ reset: 'hard', detachReset: false, strict: false })
    expect(surrogate).toMatchObject({ name: 'atan', numbers: [2, 0, 0, 0] })
    expect(resolveNeuron(models.lif, { resetPotential: -0.5 }).numbers.restPotential).toBe(-0.5)
    expect(resolveNeuron(models.lif, { resetPotential: -0.5, reset: 'soft' }).numbers).toMatchObject({
      restPotential: 0,
      initialPotential: 0,
    })
    expect(resolveNeuron(models.qif).numbers).toMatchObject({
      restPotential: 0,
      resetPotential: -0.1,
      initialPotential: -0.1,
    })
  })

  it('start what is learned where the sheet says', () => {
    const initial = (rows: ReturnType<typeof learnedRows>) => rows.map(({ name, initial }) => [name, initial])
    expect(initial(learnedRows(resolveNeuron(models.plif, { tau: 3 }), 4))).toEqual([['w', -Math.log(2)]])
    const learned = { surrogate: { name: 'atan', alpha: 3, learn: true } } as const
    expect(initial(learnedRows(resolveNeuron(models.klif, learned), 4))).toEqual([
      ['kappa', 1],
      ['width', 3],
    ])
    const gated = learnedRows(resolveNeuron(models.gatedLif), 4)
    expect(gated.map(({ name }) => name)).toEqual(['a', 'b', 'g', 'tau', 'lin', 'sub', 'threshold', 'c', 'c', 'c', 'c'])
    const sigmoid = (y: number) => 1 / (1 + Math.exp(-y))
    expect(gated.slice(3).map(({ initial: raw }) => Number(sigmoid(raw).toFixed(9)))).toEqual([
      0.25, 0.0625, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5,
    ])
    expect(gated.slice(0, 3).every(({ initial: raw, spread }) => raw === 0 && spread === 0.1)).toBe(true)
  })
})

async function trainOnce(layer: nn.Layer, channels = 4) {
  const model = new Model(await testGpu(), {
    layer: nn.sequential(nn.conv2d(channels), layer, nn.flatten(), nn.linear(3)),
    input: { height: 4, width: 4, channels: 2, perStep: false },
    classes: 3,
    timeSteps: 5,
    statistics: 'perStep',
    architecture: 'neurons',
  })
  await model.memory.initialize([3, 4])
  const program = await model.compileTraining({
    batch: 2,
    optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0, nesterov: false },
    labelSmoothing: 0,
    maxNorm: null,
    recompute: false,
    dropPathSeed: null,
  })
  try {
    const before = await model.memory.read('weights')
    program.write(
      'input',
      Float32Array.from({ length: 64 }, (_, i) => ((i * 37) % 23) / 4 - 1),
    )
    program.write('labels', Uint32Array.of(0, 2))
    program.setStep('optimizer', [0.1, 1, 1, 0])
    program.run()
    await program.wait()
    const entry = model.parameters.get('1.neuron')
    const slice = (arena: Float32Array) => [
      ...arena.subarray(entry?.offset, (entry?.offset ?? 0) + (entry?.elements ?? 0)),
    ]
    return {
      shape: entry?.shape,
      before: slice(before),
      gradient: slice(await model.memory.read('gradient')),
      after: slice(await model.memory.read('weights')),
    }
  } finally {
    program.release()
    model.release()
  }
}

describe('neurons in a network', () => {
  it('learn the leak of PLIF, one for the layer or one for each channel', async () => {
    const whole = await trainOnce(nn.plif({ tau: 3 }))
    expect(whole.shape).toEqual([1])
    expect(whole.before).toEqual([Math.fround(-Math.log(2))])
    expect(whole.gradient[0]).not.toBe(0)
    expect(whole.after[0]).toBeCloseTo((whole.before[0] ?? 0) - 0.1 * (whole.gradient[0] ?? 0), 5)
    const channels = await trainOnce(nn.plif({ tau: 3, perChannel: true }))
    expect(channels.shape).toEqual([1, 4])
    expect(channels.gradient.reduce((sum, part) => sum + part, 0)).toBeCloseTo(whole.gradient[0] ?? Number.NaN, 5)
  })

  it('learn the width of the arctan surrogate', async () => {
    const { shape, before, gradient } = await trainOnce(nn.lif({ surrogate: { name: 'atan', alpha: 2, learn: true } }))
    expect(shape).toEqual([1])
    expect(before).toEqual([2])
    expect(gradient[0]).not.toBe(0)
  })

  it('start the gates of a gated LIF apart from each other and alike for one seed', async () => {
    const [first, again] = [
      await trainOnce(nn.gatedLif({ perChannel: true })),
      await trainOnce(nn.gatedLif({ perChannel: true })),
    ]
    expect(first.shape).toEqual([12, 4])
    const gates = first.before.slice(0, 12)
    expect(new Set(gates).size).toBe(12)
    expect(gates.every((value) => Math.abs(value) <= 0.1)).toBe(true)
    expect(again).toEqual(first)
    expect(first.gradient.filter((value) => value !== 0).length).toBeGreaterThan(30)
  })
})

/** The neuron that a layer traces. */
function neuronOf(layer: nn.Layer): Neuron {
  const graph = new Graph()
  const scope = new Scope({
    graph,
    parameters: new ParameterTable(),
    states: new ParameterTable(),
    mode: 'train',
    timeSteps: 2,
    batch: 1,
    statistics: 'perStep',
    runningAverages: false,
    dropPath: null,
  })
  layer(scope, graph.activation('f32', { steps: 2, batch: 1, height: 1, width: 1, channels: 4 }, 'x'))
  const node = graph.nodes.at(-1)
  if (!node) throw new Error('the layer traced nothing')
  return (node.attributes as { neuron: Neuron }).neuron
}

describe('presets of other libraries', () => {
  const { spikingJelly, snnTorch, brainCog } = nn.presets

  it('SpikingJelly: same step, at the threshold, input decayed, gradient through the reset, sigmoid 4', () => {
    const lif = neuronOf(spikingJelly.lif())
    expect(lif.numbers).toMatchObject({ tau: 2, threshold: 1, resetPotential: 0, restPotential: 0 })
    expect(lif).toMatchObject({ reset: 'hard', detachReset: false, strict: false, flags: { DECAY_INPUT: true } })
    expect(lif.surrogate).toMatchObject({ name: 'sigmoid', numbers: [4, 0, 0, 0] })
    for (const make of [spikingJelly.if, spikingJelly.plif, spikingJelly.klif, spikingJelly.qif, spikingJelly.eif])
      expect(neuronOf(make()).surrogate?.name).toBe('sigmoid')
    expect(neuronOf(spikingJelly.izhikevich({ jump: 0.1 })).numbers).toMatchObject({ restPotential: -0.1, jump: 0.1 })
  })

  it('snnTorch: reset with the next charge, above the threshold, never a gradient through it, arctan 2', () => {
    const leaky = neuronOf(snnTorch.leaky({ beta: 0.9 }))
    expect(leaky).toMatchObject({ reset: 'soft', detachReset: true, strict: true, fields: { gain: 1, beta: 0.9 } })
    expect(leaky.surrogate).toMatchObject({ name: 'atan', numbers: [2, 0, 0, 0] })
    const lapicque = neuronOf(snnTorch.lapicque({ beta: 0.5, timeStep: 0.25, resistance: 2 }))
    // C = dt/(R ln(1/beta)), so the factor is 1 - ln(1/beta) and the gain R ln(1/beta)
    expect(lapicque.fields.beta).toBeCloseTo(1 - Math.LN2, 12)
    expect(lapicque.fields.gain).toBeCloseTo(2 * Math.LN2, 12)
    const synaptic = neuronOf(snnTorch.synaptic({ alpha: 0.9, beta: 0.8 }))
    expect(synaptic).toMatchObject({ reset: 'soft', detachReset: true, strict: true })
    expect(synaptic.fields).toMatchObject({ currentFactor: 0.9, membraneFactor: 0.8, threshold: 1 })
    expect(() => snnTorch.leaky({ beta: 2 })).toThrow('leaky.beta')
  })

  it('BrainCog: its LIF is the neuron of MSE-NAS', () => {
    expect(neuronOf(brainCog.lif())).toEqual(lifNeuron(mseNasLif))
    expect(neuronOf(brainCog.if())).toMatchObject({ strict: true, detachReset: true, numbers: { threshold: 0.5 } })
    expect(neuronOf(brainCog.plif()).numbers.threshold).toBe(1)
    expect(neuronOf(brainCog.burst()).numbers.threshold).toBe(0.5)
    expect(neuronOf(brainCog.lif({ surrogate: 'sigmoid' })).strict).toBe(false)
    expect(neuronOf(brainCog.lif({ surrogate: { name: 'sigmoid', alpha: 1 } })).strict).toBe(false)
    expect(() => brainCog.lif({ threshold: 0 })).toThrow('lif.threshold')
  })
})
