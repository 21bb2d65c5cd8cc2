/** Encoders: spikes of every code are the oracle's, and receptive fields have their gradient. */
import * as fc from 'fast-check'
import { NumericError } from '../../errors.js'
import { type ClosedFormCode, traceClosedFormEncode, traceWeighSpikes } from '../../ops/encode.js'
import { traceDeltaEncode, traceSendOnDelta } from '../../ops/encode-delta.js'
import { type PopulationFields, tracePopulation } from '../../ops/encode-population.js'
import type { Gpu } from '../../runtime/gpu.js'
import {
  burstEncode,
  deltaEncode,
  latencyTimes,
  type OracleLatency,
  phaseEncode,
  populationActivation,
  populationGradient,
  sendOnDeltaEncode,
  spikesAt,
  weightedTtfsEncode,
} from '../../testing/oracle/encoders.js'
import { expectClose } from '../../testing/tolerance.js'
import { type EncoderCase, encoderCase } from '../encoder-cases.js'
import { runEncoder, unitValues, valuesShape } from '../encoder-run.js'
import { drawNumbers, runOp } from '../op-run.js'
import { type GpuProperty, gpuProperty, inPart } from '../property.js'
import { traceLoad, traceSeed, traceStore } from '../slabbed-io.js'

/** Where the oracle rounds a number that lies this near to a boundary, float32 may round the other way. */
const near = (value: number, boundary: number) => Math.abs(value - boundary) < 2e-4 * Math.max(1, Math.abs(value))

/** Spikes `[T, N]` are equal but for doubtful neurons. */
function expectSpikes(found: Float64Array, expected: Float64Array, neurons: number, doubtful: (i: number) => boolean) {
  const at = found.findIndex((spike, k) => spike !== expected[k] && !doubtful(k % neurons))
  if (at >= 0) throw new NumericError(`spike ${at}`, `must be ${expected[at]}; it is ${found[at]}.`)
}

interface LatencyCase extends EncoderCase {
  readonly form: OracleLatency
}

async function expectLatency(gpu: Gpu, run: LatencyCase): Promise<void> {
  const { batch, channels, timeSteps, minimumSlabs, grid, seed, form } = run
  const x = unitValues(seed, batch * channels, grid)
  const code = { code: 'latency', ...form } as ClosedFormCode
  const spikes = await runEncoder(gpu, {
    shape: valuesShape(batch, channels),
    x,
    encode: (graph, value) => traceClosedFormEncode(graph, value, code, timeSteps),
    minimumSlabs,
  })
  const times = latencyTimes(x, timeSteps, form)
  expectSpikes(spikes, spikesAt(times, timeSteps), x.length, (i) => {
    const time = times[i] ?? Number.NaN
    return near(time, Math.floor(time) + 0.5) && !(grid && form.form === 'linear')
  })
}

interface CountedCase extends EncoderCase {
  readonly bits: number
  readonly most: number
}

/** Neurons whose scaled value rounding may take across a whole number. */
const scaledNear = (x: Float64Array, scale: number) => (i: number) => {
  const value = (x[i] ?? 0) * scale
  return near(value, Math.round(value)) && value !== Math.round(value)
}

async function expectCounted(gpu: Gpu, run: CountedCase): Promise<void> {
  const { batch, channels, timeSteps, minimumSlabs, grid, seed, bits, most } = run
  const x = unitValues(seed, batch * channels, grid)
  const spikesOf = (code: ClosedFormCode, weights?: 'ttfs' | number) =>
    runEncoder(gpu, {
      shape: valuesShape(batch, channels),
      x,
      encode(graph, value) {
        const spikes = traceClosedFormEncode(graph, value, code, timeSteps)
        return weights === undefined ? spikes : traceWeighSpikes(graph, spikes, weights)
      },
      minimumSlabs,
    })
  const expectCode = (
    code: ClosedFormCode,
    expected: Float64Array,
    doubtful: (i: number) => boolean,
    weights?: 'ttfs' | number,
  ) => inPart(code.code, async () => expectSpikes(await spikesOf(code, weights), expected, x.length, doubtful))
  await expectCode(
    { code: 'ttfs' },
    weightedTtfsEncode(x, timeSteps).map(Math.fround),
    scaledNear(x, timeSteps),
    'ttfs',
  )
  const level = scaledNear(x, 2 ** bits)
  await expectCode({ code: 'phase', bits }, phaseEncode(x, timeSteps, bits, true), level, bits)
  await expectCode({ code: 'phase', bits }, phaseEncode(x, timeSteps, bits), level)
  const [shortest, longest] = [Math.min(2, timeSteps), timeSteps]
  const rest = x.map((value) => 1 - value)
  const interval = scaledNear(rest, longest - shortest)
  const bursts = burstEncode(x, timeSteps, most, shortest, longest)
  await expectCode({ code: 'burst', most }, bursts, (i) => scaledNear(x, most)(i) || interval(i))
}

interface FieldsCase extends EncoderCase {
  readonly options: PopulationFields
  readonly readers: number
}

async function expectFields(gpu: Gpu, run: FieldsCase): Promise<void> {
  const { batch, channels, timeSteps, minimumSlabs, seed, options, readers } = run
  const count = timeSteps * batch * channels
  const x = drawNumbers(seed, 0, count, 2)
  const dys = Array.from({ length: readers }, (_, k) => drawNumbers(seed, 1 + k, count * options.fields, 1))
  const result = await runOp(gpu, {
    build(graph) {
      const value = traceLoad(graph, 'f32', valuesShape(batch, channels, timeSteps), 'x', 'dx')
      for (const k of dys.keys()) {
        const activations = tracePopulation(graph, value, options, `fields ${k}`)
        if (k === 0) traceStore(graph, activations, 'activations')
        traceSeed(graph, activations, `dy${k}`)
      }
    },
    write: { x, ...Object.fromEntries(dys.map((dy, k) => [`dy${k}`, dy])) },
    read: ['activations', 'dx'],
    backward: true,
    minimumSlabs,
  })
  const oracle = { beta: 1.5, ...options }
  expectClose(result.floats('activations'), populationActivation(x, oracle), { absolute: 1e-5 })
  const parts = dys.map((dy) => populationGradient(x, dy, oracle))
  const expected = parts.reduce((sum, part) => sum.map((v, i) => v + (part[i] ?? Number.NaN)))
  expectClose(result.floats('dx'), expected, { absolute: 1e-3, relative: 1e-4 })
}

interface DeltaCase extends EncoderCase {
  readonly theta: number
  readonly padding: boolean
  readonly offSpikes: boolean
  /** The reference follows the spikes, not the input. */
  readonly follow: boolean
}

async function expectDelta(gpu: Gpu, run: DeltaCase): Promise<void> {
  const { batch, channels, timeSteps, minimumSlabs, seed, theta, padding, offSpikes, follow } = run
  // multiples of 1/64: differences and thresholds are exact
  const x = drawNumbers(seed, 0, timeSteps * batch * channels, 1)
  const found = await runEncoder(gpu, {
    shape: valuesShape(batch, channels, timeSteps),
    x,
    encode: (graph, value) =>
      follow ? traceSendOnDelta(graph, value, theta) : traceDeltaEncode(graph, value, { theta, padding, offSpikes }),
    minimumSlabs,
  })
  const neurons = batch * channels
  const expected = follow
    ? sendOnDeltaEncode(x, neurons, theta)
    : deltaEncode(x, neurons, { theta, padding, offSpikes })
  expectClose(found, expected)
}

const latencyForm: fc.Arbitrary<OracleLatency> = fc.oneof(
  fc.record({ form: fc.constant('linear' as const), cutoff: fc.constantFrom(0, 0.25) }),
  fc.record({ form: fc.constant('log' as const), cutoff: fc.constantFrom(0, 0.25) }),
  fc.record({
    form: fc.constant('threshold' as const),
    tau: fc.constantFrom(1, 2.5),
    theta: fc.constantFrom(0.01, 0.25),
    normalise: fc.boolean(),
    drop: fc.boolean(),
  }),
)

const populationFields: fc.Arbitrary<PopulationFields> = fc.record({
  fields: fc.integer({ min: 3, max: 8 }),
  low: fc.constantFrom(-1, 0),
  high: fc.constantFrom(1, 2.5),
  beta: fc.constantFrom(1, 1.5),
})

export const encoderProperties: readonly GpuProperty[] = [
  gpuProperty<LatencyCase>({
    name: 'latency codes: one spike where the oracle has it, for any number of slabs',
    kernels: ['encoding/closed_form', 'encoding/least', 'elementwise/fill'],
    cases: fc.record({ ...encoderCase, form: latencyForm }),
    runs: 25,
    holds: expectLatency,
  }),
  gpuProperty<CountedCase>({
    name: 'time to first spike, phase and burst: as bits and as amplitudes',
    kernels: ['encoding/closed_form', 'encoding/weigh'],
    cases: fc.record({
      ...encoderCase,
      bits: fc.integer({ min: 1, max: 8 }),
      most: fc.integer({ min: 1, max: 6 }),
    }),
    runs: 10,
    holds: expectCounted,
  }),
  gpuProperty<FieldsCase>({
    name: 'receptive fields: activations and gradient',
    kernels: ['encoding/fields', 'encoding/fields_gradient'],
    cases: fc.record({ ...encoderCase, options: populationFields, readers: fc.constantFrom(1, 2) }),
    holds: expectFields,
  }),
  gpuProperty<DeltaCase>({
    name: 'delta and send-on-delta: the reference goes from slab to slab',
    kernels: ['encoding/delta'],
    cases: fc.record({
      ...encoderCase,
      theta: fc.constantFrom(0.25, 0.5),
      padding: fc.boolean(),
      offSpikes: fc.boolean(),
      follow: fc.boolean(),
    }),
    runs: 20,
    holds: expectDelta,
  }),
]
