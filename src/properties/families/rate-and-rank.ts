/** Codes by chance and by rank: bit for bit those of the oracle. */
import * as fc from 'fast-check'
import { traceRankOrderEncode } from '../../ops/encode-rank.js'
import { traceRateEncode, traceSignedRateEncode } from '../../ops/encode-rate.js'
import type { Gpu } from '../../runtime/gpu.js'
import { rankOrderSteps, rateEncode, signedRateEncode } from '../../testing/oracle/encoders.js'
import { expectClose } from '../../testing/tolerance.js'
import { type EncoderCase, encoderCase } from '../encoder-cases.js'
import { runEncoder, unitValues, valuesShape } from '../encoder-run.js'
import { drawNumbers, randomSeed } from '../op-run.js'
import { type GpuProperty, gpuProperty } from '../property.js'

interface RateCase extends EncoderCase {
  readonly draw: number
  readonly perStep: boolean
}

async function expectRate(gpu: Gpu, run: RateCase): Promise<void> {
  const { batch, channels, timeSteps, minimumSlabs, grid, seed, draw, perStep } = run
  const steps = perStep ? timeSteps : 1
  const x = unitValues(seed, steps * batch * channels, grid)
  const spikes = await runEncoder(gpu, {
    shape: valuesShape(batch, channels, steps),
    x,
    encode: (graph, value) => traceRateEncode(graph, value, { timeSteps, seed: [seed, 5] }),
    minimumSlabs,
    draw,
  })
  expectClose(spikes, rateEncode(x, timeSteps, batch * channels, [seed, 5], draw))
}

async function expectSignedRate(gpu: Gpu, run: RateCase): Promise<void> {
  const { batch, channels, timeSteps, minimumSlabs, seed, draw, perStep } = run
  const steps = perStep ? timeSteps : 1
  const x = drawNumbers(seed, 0, steps * batch * channels, 3)
  const found = await runEncoder(gpu, {
    shape: valuesShape(batch, channels, steps),
    x,
    encode: (graph, value) => traceSignedRateEncode(graph, value, { timeSteps, seed: [seed, 5] }),
    minimumSlabs,
    draw,
  })
  expectClose(found, signedRateEncode(x, timeSteps, batch * channels, [seed, 5], draw))
}

interface RankCase {
  readonly batch: number
  readonly height: number
  readonly channels: number
  readonly timeSteps: number
  readonly minimumSlabs: number
  readonly wave: boolean
  readonly seed: number
}

async function expectRankOrder(gpu: Gpu, run: RankCase): Promise<void> {
  const { batch, height, channels, timeSteps, minimumSlabs, wave, seed } = run
  const neurons = height * channels
  // many equal values, and some that are not positive
  const x = drawNumbers(seed, 0, batch * neurons, 1).map((value) => Math.round(8 * value) / 8)
  const found = await runEncoder(gpu, {
    shape: { steps: 1, batch, height, width: 1, channels },
    x,
    encode: (graph, value) => traceRankOrderEncode(graph, value, { timeSteps, wave }),
    minimumSlabs,
  })
  const steps = Array.from({ length: batch }, (_, b) => [
    ...rankOrderSteps(x.subarray(b * neurons, (b + 1) * neurons), channels, timeSteps),
  ]).flat()
  const expected = Array.from({ length: timeSteps }, (_, t) =>
    steps.map((step) => Number(wave ? step <= t : step === t)),
  ).flat()
  expectClose(found, expected)
}

export const rateAndRankProperties: readonly GpuProperty[] = [
  gpuProperty<RateCase>({
    name: 'rate code: fires where the number of its element, step and draw is below the value, bit for bit',
    kernels: ['encoding/rate'],
    cases: fc.record({ ...encoderCase, draw: fc.constantFrom(0, 1, 77), perStep: fc.boolean() }),
    holds: expectRate,
  }),
  gpuProperty<RateCase>({
    name: 'signed rate code: the sign of a value where twice the number of its own stream is at most its size',
    kernels: ['encoding/rate'],
    cases: fc.record({ ...encoderCase, draw: fc.constantFrom(0, 77), perStep: fc.boolean() }),
    runs: 20,
    holds: expectSignedRate,
  }),
  gpuProperty<RankCase>({
    name: 'rank order: the largest values of each sample first, so many a step, equal ones in the order of channels',
    kernels: ['encoding/rank', 'encoding/at_step'],
    cases: fc.record({
      batch: fc.integer({ min: 1, max: 3 }),
      height: fc.constantFrom(1, 2, 5, 11),
      channels: fc.constantFrom(1, 2, 3, 16, 17),
      timeSteps: fc.constantFrom(1, 2, 3, 8, 50),
      minimumSlabs: fc.integer({ min: 1, max: 3 }),
      wave: fc.boolean(),
      seed: randomSeed,
    }),
    runs: 25,
    holds: expectRankOrder,
  }),
]
