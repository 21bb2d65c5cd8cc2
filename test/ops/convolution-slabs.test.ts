import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { imagesOf, paddedChannels, pixelsOf, stripLength, stripsOf } from '../../src/ops/op.js'
import { convolutionCase, plainCase } from '../../src/properties/convolution-cases.js'
import {
  type ConvolutionCase,
  convolutionData,
  outputShape,
  referenceConvolution,
  runConvolution,
} from '../../src/properties/convolution-run.js'
import { convolutionVariants } from '../../src/properties/convolution-variants.js'
import { batchNormForward } from '../../src/testing/oracle/batch-norm.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'

/** Sums here have up to a few hundred terms below 1: float32 keeps about this much of them. */
const rounding = { absolute: 2e-4, relative: 1e-5 }

const threeSteps: ConvolutionCase = {
  ...plainCase,
  input: { steps: 3, batch: 2, height: 6, width: 16, channels: 8 },
  branches: [{ channels: 12, crop: 0 }],
  moments: true,
  exact: false,
}

const slabCases: readonly (readonly [string, ConvolutionCase])[] = [
  ['spikes', { ...threeSteps, spikes: true }],
  ['real numbers', { ...threeSteps, bias: true }],
  ['spikes read twice', { ...threeSteps, spikes: true, readers: 2 }],
  ['real numbers in odd channels', { ...threeSteps, input: { ...threeSteps.input, channels: 5 }, stride: 2 }],
  [
    'two branches',
    {
      ...threeSteps,
      spikes: true,
      kernel: 1,
      stride: 2,
      padding: 0,
      branches: [
        { channels: 4, crop: 0 },
        { channels: 4, crop: 1 },
      ],
    },
  ],
]

describe.each(convolutionVariants)('convolution in slabs of time steps, %s', (_name, choices) => {
  it.each(slabCases)('gives the same numbers for 1, 2 and 3 slabs: %s', async (_, run) => {
    const gpu = await testGpu()
    const data = convolutionData(run)
    const reference = referenceConvolution(run, data)
    const whole = await runConvolution(gpu, run, data, 1, choices)
    expect(whole.slabs).toBe(1)
    expectClose(whole.dx, reference.dx, rounding)
    for (const slabs of [2, 3]) {
      const cut = await runConvolution(gpu, run, data, slabs, choices)
      expect(cut.slabs).toBe(slabs)
      // the sum behind each of these lies within one image, so a cut between images changes no bit
      expect(cut.ys).toEqual(whole.ys)
      expect(cut.moments).toEqual(whole.moments)
      expect(cut.dx).toEqual(whole.dx)
      // every image is a chunk of its own here, and chunks are added in order
      expect(cut.dw).toEqual(whole.dw)
      expectClose(cut.db, reference.db, rounding)
    }
  })

  it('keeps the weight gradient when chunks of several images are cut differently', async () => {
    const input = { steps: 6, batch: 120, height: 3, width: 3, channels: 5 }
    const run: ConvolutionCase = { ...plainCase, input, branches: [{ channels: 8, crop: 0 }], exact: true }
    for (const spikes of [true, false]) {
      const data = convolutionData({ ...run, spikes })
      const reference = referenceConvolution({ ...run, spikes }, data)
      for (const slabs of [1, 2, 3]) {
        const { dw } = await runConvolution(await testGpu(), { ...run, spikes }, data, slabs, choices)
        expectClose(dw[0] ?? [], reference.dw[0] ?? [])
      }
    }
  })
})

/** Mean and biased variance of each channel from strip moments (Chan, Golub & LeVeque 1983), in float64. */
function mergeStrips(moments: Float32Array, run: ConvolutionCase): { mean: number[]; variance: number[] } {
  const output = outputShape(run)
  const [strips, padded] = [stripsOf(output), paddedChannels(output.channels)]
  const mean = Array.from({ length: output.channels }, () => 0)
  const squares = [...mean]
  mean.forEach((_, c) => {
    let count = 0
    for (let strip = 0; strip < imagesOf(output) * strips; strip++) {
      const n = Math.min(stripLength, pixelsOf(output) - (strip % strips) * stripLength)
      const delta = (moments[strip * 2 * padded + c] ?? Number.NaN) - (mean[c] ?? 0)
      const inner = moments[(strip * 2 + 1) * padded + c] ?? Number.NaN
      mean[c] = (mean[c] ?? 0) + (delta * n) / (count + n)
      squares[c] = (squares[c] ?? 0) + inner + (delta * delta * count * n) / (count + n)
      count += n
    }
  })
  return { mean, variance: squares.map((sum) => sum / (imagesOf(output) * pixelsOf(output))) }
}

async function expectMoments(run: ConvolutionCase): Promise<void> {
  const output = outputShape(run)
  const data = convolutionData(run)
  const { moments } = await runConvolution(await testGpu(), run, data)
  const merged = mergeStrips(moments, run)
  const ones = new Float64Array(output.channels).fill(1)
  const oracle = batchNormForward(referenceConvolution(run, data).ys[0] ?? [], ones, ones, {
    timeSteps: output.steps,
    positions: output.batch * pixelsOf(output),
    channels: output.channels,
    statistics: 'pooled',
  })
  expectClose(merged.mean, oracle.mean, { absolute: 1e-5, relative: 1e-5 })
  expectClose(merged.variance, oracle.variance, { absolute: 1e-5, relative: 1e-5 })
}

describe('convolution with numbers that round', () => {
  it('writes strip moments that merge into the mean and variance of the oracle', async () => {
    const spikes = convolutionCase({ moments: true, exact: false, readers: 1, spikes: true })
    const real = convolutionCase({ moments: true, exact: false, readers: 1, spikes: false })
    await fc.assert(fc.asyncProperty(fc.oneof(spikes, real), expectMoments), { numRuns: 30, seed: 21 })
  })
})
