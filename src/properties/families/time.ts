/** Along time and between channels: steps cut and joined, delays, lateral inhibition, logic of spikes. */
import * as fc from 'fast-check'
import { traceDelay } from '../../ops/delay.js'
import { traceLateralInhibition } from '../../ops/lateral-inhibition.js'
import { type ActivationShape, imagesOf, neuronsOf, pixelsOf, type Value } from '../../ops/op.js'
import { traceSpikeLogic } from '../../ops/spike-logic.js'
import { traceJoinSteps, traceSplitSteps } from '../../ops/time-steps.js'
import { traceWinnerTakeAll } from '../../ops/winner-take-all.js'
import type { Gpu } from '../../runtime/gpu.js'
import { packSpikes, unpackSpikes } from '../../testing/oracle/dissimilarity.js'
import {
  delayBackward,
  delayForward,
  lateralInhibition,
  lateralInhibitionGradient,
  spikeLogic,
  spikeLogicGradients,
  winnersOf,
} from '../../testing/oracle/time.js'
import { expectClose } from '../../testing/tolerance.js'
import { expectAdjoint, floatsOf, runLinear, totalOf } from '../linear-op.js'
import { activationShape, countOf, drawNumbers, drawSpikes, randomSeed, runOp } from '../op-run.js'
import { type GpuProperty, gpuProperty } from '../property.js'
import { traceLoad, traceSeed, traceStore } from '../slabbed-io.js'

interface SequenceCase {
  readonly shape: ActivationShape
  readonly spikes: boolean
  readonly readers: number
  readonly slabs: number
  readonly seed: number
}

const sequenceCase: fc.Arbitrary<SequenceCase> = fc
  .record({
    shape: activationShape(),
    spikes: fc.boolean(),
    readers: fc.constantFrom(1, 2),
    slabs: fc.integer({ min: 1, max: 4 }),
    seed: randomSeed,
  })
  .map((run) => ({ ...run, slabs: Math.min(run.slabs, run.shape.steps) }))

const numbersOf = (words: Uint32Array, shape: ActivationShape, spikes: boolean): ArrayLike<number> =>
  spikes ? unpackSpikes(words, imagesOf(shape), neuronsOf(shape)) : floatsOf(words)

/** A sequence cut into steps and joined backwards is the sequence reversed, and so is its gradient. */
async function expectReversal(gpu: Gpu, run: SequenceCase): Promise<void> {
  const { shape } = run
  const perStep = countOf(shape) / shape.steps
  const reversed = (x: ArrayLike<number>) =>
    Float64Array.from({ length: x.length }, (_, i) => {
      const step = shape.steps - 1 - Math.floor(i / perStep)
      return x[step * perStep + (i % perStep)] ?? Number.NaN
    })
  const result = await runLinear(gpu, {
    inputs: [run],
    outputSize: countOf(shape),
    trace: (graph, [x]) => traceJoinSteps(graph, traceSplitSteps(graph, x as Value).reverse()),
    readers: run.readers,
    minimumSlabs: run.slabs,
    seed: run.seed,
  })
  for (const y of result.ys) expectClose(numbersOf(y, shape, run.spikes), reversed(result.xs[0] ?? []))
  expectClose(result.dxs[0] ?? [], reversed(totalOf(result.dys)))
  expectAdjoint(result, numbersOf(result.ys[0] ?? new Uint32Array(), shape, run.spikes))
}

interface DelayCase extends SequenceCase {
  readonly longest: number
}

async function expectDelay(gpu: Gpu, { shape, spikes, readers, slabs, seed, longest }: DelayCase): Promise<void> {
  const { steps, batch, channels } = shape
  const extent = { timeSteps: steps, positions: batch * pixelsOf(shape), channels }
  const delays = Float64Array.from({ length: channels }, (_, c) => (c * 7 + seed) % (longest + 1))
  const x = spikes ? drawSpikes(seed, 0, countOf(shape), 0.4) : drawNumbers(seed, 0, countOf(shape))
  const dys = Array.from({ length: readers }, (_, k) => drawNumbers(seed, 10 + k, countOf(shape), 1))
  const result = await runOp(gpu, {
    build(graph, values) {
      const input = traceLoad(graph, spikes ? 'spikes' : 'f32', shape, 'x', 'dx')
      for (const k of dys.keys()) {
        const y = traceDelay(graph, input, values.delays as Value, longest)
        traceStore(graph, y, `y${k}`)
        traceSeed(graph, y, `dy${k}`)
      }
    },
    states: { delays },
    write: {
      x: spikes ? packSpikes(x, imagesOf(shape), neuronsOf(shape)) : x,
      ...Object.fromEntries(dys.map((dy, k) => [`dy${k}`, dy])),
    },
    read: [...dys.map((_, k) => `y${k}`), 'dx'],
    backward: true,
    minimumSlabs: slabs,
  })
  const expected = delayForward(x, delays, extent)
  dys.forEach((_, k) => {
    expectClose(numbersOf(result.words(`y${k}`), shape, spikes), expected)
  })
  expectClose(result.floats('dx'), delayBackward(totalOf(dys), delays, extent))
  expectAdjoint({ xs: [x], dxs: [result.floats('dx')], dys }, numbersOf(result.words('y0'), shape, spikes))
}

async function expectInhibition(gpu: Gpu, { shape, readers, slabs, seed }: SequenceCase): Promise<void> {
  const { channels } = shape
  const { xs, ys, dxs, dys } = await runLinear(gpu, {
    inputs: [false, true].map((spikes) => ({ shape, spikes })),
    outputSize: countOf(shape),
    trace: (graph, [v, s]) => traceLateralInhibition(graph, v as Value, s as Value, 0.75),
    readers,
    minimumSlabs: slabs,
    density: 0.1,
    seed,
  })
  const [v = new Float64Array(), spikes = new Float64Array()] = xs
  for (const y of ys) expectClose(floatsOf(y), lateralInhibition(v, spikes, channels, 0.75))
  const dy = totalOf(dys)
  expectClose(dxs[0] ?? [], dy)
  expectClose(dxs[1] ?? [], lateralInhibitionGradient(dy, spikes, channels, 0.75), { absolute: 1e-4 })
}

async function expectLogic(gpu: Gpu, { shape, spikes, readers, slabs, seed }: SequenceCase): Promise<void> {
  const kind = spikes ? 'and' : 'iand'
  const { xs, ys, dxs, dys } = await runLinear(gpu, {
    inputs: [0, 1].map(() => ({ shape, spikes: true })),
    outputSize: countOf(shape),
    trace: (graph, [a, x]) => traceSpikeLogic(graph, kind, a as Value, x as Value),
    readers,
    minimumSlabs: slabs,
    seed,
  })
  const [a = new Float64Array(), x = new Float64Array()] = xs
  for (const z of ys) expectClose(numbersOf(z, shape, true), spikeLogic(kind, a, x))
  const { da, dx } = spikeLogicGradients(kind, totalOf(dys), a, x)
  expectClose(dxs[0] ?? [], da)
  expectClose(dxs[1] ?? [], dx)
}

async function expectWinners(gpu: Gpu, { shape, readers, slabs, seed, spikes: constant }: SequenceCase): Promise<void> {
  const { steps, batch, channels } = shape
  const strengthShape = { ...shape, steps: constant ? 1 : steps }
  const spikes = drawSpikes(seed, 0, countOf(shape), 0.15)
  const strength = drawNumbers(seed, 1, countOf(strengthShape))
  const dys = Array.from({ length: readers }, (_, k) => drawNumbers(seed, 10 + k, countOf(shape), 1))
  const result = await runOp(gpu, {
    build(graph) {
      const input = traceLoad(graph, 'spikes', shape, 'x', 'dx')
      const power = traceLoad(graph, 'f32', strengthShape, 'strength')
      for (const k of dys.keys()) {
        const y = traceWinnerTakeAll(graph, input, power)
        traceStore(graph, y, `y${k}`)
        traceSeed(graph, y, `dy${k}`)
      }
    },
    write: {
      x: packSpikes(spikes, imagesOf(shape), neuronsOf(shape)),
      strength,
      ...Object.fromEntries(dys.map((dy, k) => [`dy${k}`, dy])),
    },
    read: [...dys.map((_, k) => `y${k}`), 'dx'],
    backward: true,
    minimumSlabs: slabs,
  })
  const wins = winnersOf(spikes, strength, { timeSteps: steps, batch, pixels: pixelsOf(shape), channels })
  const kept = (values: Float64Array) => values.map((value, i) => value * (wins[i % wins.length] ?? Number.NaN))
  dys.forEach((_, k) => {
    expectClose(numbersOf(result.words(`y${k}`), shape, true), kept(spikes))
  })
  expectClose(result.floats('dx'), kept(totalOf(dys)))
}

export const timeProperties: readonly GpuProperty[] = [
  gpuProperty<SequenceCase>({
    name: 'time steps: cut out and joined in another order, with their gradients',
    kernels: ['elementwise/copy_range'],
    cases: sequenceCase,
    runs: 20,
    holds: expectReversal,
  }),
  gpuProperty<DelayCase>({
    name: 'delays: each channel arrives its steps later, across slabs, with its gradient',
    kernels: ['time/delay'],
    cases: fc.tuple(sequenceCase, fc.integer({ min: 0, max: 5 })).map(([run, longest]) => ({ ...run, longest })),
    runs: 30,
    holds: expectDelay,
  }),
  gpuProperty<SequenceCase>({
    name: 'lateral inhibition: losers of a pixel lose membrane, with both gradients',
    kernels: ['neuron/lateral_inhibition', 'neuron/lateral_inhibition_gradient'],
    cases: sequenceCase,
    runs: 20,
    holds: expectInhibition,
  }),
  gpuProperty<SequenceCase>({
    name: 'winner take all: the first and strongest channel of a pixel keeps its spikes and their gradient',
    kernels: ['neuron/first_winner', 'neuron/keep_winners', 'neuron/keep_winners_gradient'],
    cases: sequenceCase,
    runs: 25,
    holds: expectWinners,
  }),
  gpuProperty<SequenceCase>({
    name: 'logic of spikes: and, iand, with the gradients of a product',
    kernels: ['elementwise/spike_logic', 'elementwise/spike_gate'],
    cases: sequenceCase,
    runs: 20,
    holds: expectLogic,
  }),
]
