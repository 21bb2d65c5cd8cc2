/**
 * One training step of a whole network on the GPU against float64: the reference replays the GPU's spikes, because one
 * flip near the threshold is legitimate and changes everything after it.
 */
import { describe, expect, it } from 'vitest'
import type { LifParameters } from '../../src/ops/lif.js'
import { mseNasLif } from '../../src/ops/lif.js'
import { philoxFill, RandomStream, toUnit } from '../../src/runtime/philox.js'
import { finiteDifferences } from '../../src/testing/gradient.js'
import {
  type ReferenceOptions,
  type ReferenceWeights,
  referenceTrainStep,
} from '../../src/testing/reference-network.js'
import { compareSpikes, expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'
import {
  type GpuStep,
  gpuStep,
  readReferenceArrays,
  referenceModel,
  writeReferenceWeights,
} from '../support/reference-model.js'

const smoothing = 0.1

/** Numbers uniform in [-bound, bound), exact in float32. */
const numbers = (size: number, draw: number, bound = 1): Float64Array =>
  Float64Array.from(philoxFill([77, 0], RandomStream.syntheticData, draw, 0, size), (word) =>
    Math.fround((2 * toUnit(word) - 1) * bound),
  )

type Extent = ReferenceOptions['extent']

function drawWeights(extent: Extent): ReferenceWeights<Float64Array> {
  const { inputChannels, channels, classes } = extent
  const [first, second] = channels
  const shifted = (size: number, draw: number, by: number) => numbers(size, draw, 0.3).map((v) => Math.fround(v + by))
  return {
    convolution1: numbers(9 * inputChannels * first, 2),
    gamma1: shifted(first, 3, 1),
    beta1: shifted(first, 4, 0.3),
    convolution2: numbers(9 * first * second, 5),
    gamma2: shifted(second, 6, 1),
    beta2: shifted(second, 7, 0.3),
    linear: numbers(second * classes, 8),
    bias: numbers(classes, 9),
  }
}

const wide: Extent = { timeSteps: 3, batch: 3, height: 5, width: 7, inputChannels: 2, channels: [4, 8], classes: 5 }
const odd: Extent = { timeSteps: 4, batch: 2, height: 4, width: 3, inputChannels: 1, channels: [3, 5], classes: 3 }
const attached: LifParameters = { ...mseNasLif, threshold: 0.75, strict: false, detachReset: false }
const names = Object.keys(drawWeights(odd)) as (keyof ReferenceWeights)[]

interface Case {
  readonly title: string
  readonly extent: Extent
  readonly lif: LifParameters
  readonly perStepInput: boolean
  readonly statistics: 'perStep' | 'pooled'
}

const cases: readonly Case[] = [
  {
    title: 'event frames, per-step statistics',
    extent: wide,
    lif: mseNasLif,
    perStepInput: true,
    statistics: 'perStep',
  },
  { title: 'one image for all steps', extent: odd, lif: mseNasLif, perStepInput: false, statistics: 'perStep' },
  {
    title: 'pooled statistics, a soft reset in the gradient, arctan surrogate',
    extent: odd,
    lif: { ...attached, reset: 'soft', surrogate: 'atan' },
    perStepInput: true,
    statistics: 'pooled',
  },
]

const dataOf = ({ extent, perStepInput }: Case) => {
  const image = extent.batch * extent.height * extent.width * extent.inputChannels
  return {
    input: numbers(image * (perStepInput ? extent.timeSteps : 1), 1),
    labels: Array.from({ length: extent.batch }, (_, i) => (2 * i + 1) % extent.classes),
  }
}

async function stepsOf(one: Case): Promise<{ plain: GpuStep; recomputed: GpuStep; slabbed: GpuStep }> {
  const model = referenceModel(await testGpu(), one)
  try {
    writeReferenceWeights(model, drawWeights(one.extent))
    const { input, labels } = dataOf(one)
    const run = (recompute: boolean, minimumSlabs: number) =>
      gpuStep(model, one.extent.batch, input, labels, { smoothing, recompute, minimumSlabs })
    return { plain: await run(false, 1), recomputed: await run(true, 1), slabbed: await run(false, 2) }
  } finally {
    model.release()
  }
}

/** The same step in float64, on the GPU's spikes. */
function reference(one: Case, spikes: GpuStep['spikes'], weights = drawWeights(one.extent)) {
  const { input, labels } = dataOf(one)
  const replay = { layer1: spikes[0], layer2: spikes[1] }
  const { extent, lif, statistics } = one
  return referenceTrainStep(input, labels, weights, { extent, lif, statistics, smoothing, replay })
}

describe.each(cases)('a training step of a whole network: $title', (one) => {
  const steps = stepsOf(one)

  it('has the loss and all gradients of the float64 reference', async () => {
    const { plain } = await steps
    const expected = reference(one, plain.spikes)
    expectClose([plain.loss], [expected.loss], { relative: 1e-5 })
    expect(plain.correct).toBe(expected.correct)
    for (const name of names) {
      const scale = Math.max(...expected.gradients[name].map(Math.abs))
      // gradients that vanish everywhere would make this check hollow
      expect(scale, name).toBeGreaterThan(1e-4)
      expectClose(plain.gradients[name], expected.gradients[name], { absolute: 2e-5 * scale, relative: 1e-4 })
    }
  })

  it('fires where the reference fires, up to rounding at the threshold', async () => {
    const { plain } = await steps
    const expected = reference(one, plain.spikes)
    const { threshold, strict } = one.lif
    for (const [index, layer] of [expected.layer1, expected.layer2].entries()) {
      const own = layer.membrane.map((h) => Number(strict ? h > threshold : h >= threshold))
      const actual = plain.spikes[index as 0 | 1]
      expect(compareSpikes(actual, own, layer.membrane, threshold, 1e-5).illegal).toEqual([])
      const rate = actual.reduce((sum, spike) => sum + spike, 0) / actual.length
      expect(rate).toBeGreaterThan(0.05)
      expect(rate).toBeLessThan(0.95)
    }
  })

  it('gives the same bits when currents are computed again instead of kept', async () => {
    const { plain, recomputed } = await steps
    expect(recomputed.gradients).toEqual(plain.gradients)
    expect(recomputed.loss).toBe(plain.loss)
    // nothing is left to save where the first current is a constant anyway
    if (one.extent === wide) expect(recomputed.temporaryBytes).toBeLessThan(plain.temporaryBytes)
  })

  it('gives the same spikes, and gradients to rounding, when tensors are cut into slabs', async () => {
    const { plain, slabbed } = await steps
    expect(plain.slabs).toBe(1)
    expect(slabbed.slabs).toBe(2)
    expect(slabbed.spikes).toEqual(plain.spikes)
    expectClose([slabbed.loss], [plain.loss], { relative: 1e-6 })
    for (const name of names) {
      const scale = Math.max(...plain.gradients[name].map(Math.abs))
      expectClose(slabbed.gradients[name], plain.gradients[name], { absolute: 1e-5 * scale, relative: 1e-5 })
    }
  })
})

it('trains over more steps than one dispatch holds', async () => {
  const extent: Extent = { ...odd, timeSteps: 41, batch: 1 }
  const one: Case = { ...(cases[0] as Case), extent }
  const model = referenceModel(await testGpu(), one)
  try {
    writeReferenceWeights(model, drawWeights(extent))
    const { input, labels } = dataOf(one)
    const step = await gpuStep(model, 1, input, labels, { smoothing, recompute: false, minimumSlabs: 1 })
    expect(step.slabs).toBe(2)
    const expected = reference(one, step.spikes)
    for (const name of names) {
      const scale = Math.max(...expected.gradients[name].map(Math.abs))
      expectClose(step.gradients[name], expected.gradients[name], { absolute: 5e-5 * scale, relative: 1e-4 })
    }
  } finally {
    model.release()
  }
})

it('has the gradient that finite differences of the loss by the linear weights show', async () => {
  const one = cases[0] as Case
  const { plain } = await stepsOf(one)
  const weights = drawWeights(one.extent)
  const loss = (linear: Float64Array) => reference(one, plain.spikes, { ...weights, linear }).loss
  const differences = finiteDifferences(loss, weights.linear)
  expectClose(plain.gradients.linear, differences, { absolute: 1e-6, relative: 1e-4 })
})

it('moves the weights against the gradient: one update of SGD', async () => {
  const one = cases[1] as Case
  const model = referenceModel(await testGpu(), one)
  const weights = drawWeights(one.extent)
  const { input, labels } = dataOf(one)
  const program = await model.compileTraining({
    batch: one.extent.batch,
    optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0, nesterov: false },
    labelSmoothing: smoothing,
    maxNorm: null,
    recompute: false,
    dropPathSeed: null,
  })
  try {
    writeReferenceWeights(model, weights)
    program.write('input', Float32Array.from(input))
    program.write('labels', Uint32Array.from(labels))
    program.setStep('optimizer', [0.25, 1, 1, 0])
    program.run()
    await program.wait()
    const moved = await readReferenceArrays(model, 'weights')
    const gradients = await readReferenceArrays(model, 'gradient')
    for (const name of names) {
      const expected = weights[name].map((weight, i) => weight - 0.25 * (gradients[name][i] ?? Number.NaN))
      expectClose(moved[name], expected, { absolute: 1e-6 })
    }
  } finally {
    program.release()
    model.release()
  }
})
