import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import { Program } from '../../src/graph/program.js'
import { ModelMemory } from '../../src/nn/memory.js'
import { ParameterTable } from '../../src/nn/parameters.js'
import { type ClosedFormCode, traceClosedFormEncode, traceRateEncode, traceWeighSpikes } from '../../src/ops/encode.js'
import { traceDeltaEncode, traceSendOnDelta } from '../../src/ops/encode-delta.js'
import { type PopulationFields, tracePopulation } from '../../src/ops/encode-population.js'
import { type ActivationShape, imagesOf, neuronsOf, type Value } from '../../src/ops/op.js'
import { check, drawNumbers, randomSeed, runOp } from '../../src/properties/op-run.js'
import { traceLoad, traceSeed, traceStore } from '../../src/properties/slabbed-io.js'
import { philoxFill, RandomStream, toUnit } from '../../src/runtime/philox.js'
import { unpackSpikes } from '../../src/testing/oracle/dissimilarity.js'
import {
  burstEncode,
  deltaEncode,
  latencyTimes,
  phaseEncode,
  populationActivation,
  populationGradient,
  rateEncode,
  sendOnDeltaEncode,
  spikesAt,
  weightedTtfsEncode,
} from '../../src/testing/oracle/encoders.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'

interface EncoderRun {
  /** Of the values. */
  readonly shape: ActivationShape
  readonly x: ArrayLike<number>
  readonly encode: (graph: Graph, x: Value) => Value
  readonly minimumSlabs?: number
  readonly draw?: number
}

/** The encoder's output on the device, spikes as zeros and ones. */
async function encoded({ shape, x, encode, minimumSlabs = 1, draw = 0 }: EncoderRun): Promise<Float64Array> {
  let output: Value | null = null
  const result = await runOp(await testGpu(), {
    build(graph) {
      output = encode(graph, traceLoad(graph, 'f32', shape, 'x'))
      traceStore(graph, output, 'output')
    },
    write: { x },
    read: ['output'],
    minimumSlabs,
    stepUniforms: { encoder: [draw, 0, 0, 0] },
  })
  const { dtype, shape: made } = output as unknown as Value
  if (!made) throw new Error('an encoder makes activations')
  // unpacking also fails when a bit beyond the last neuron is set
  return dtype === 'spikes'
    ? unpackSpikes(result.words('output'), imagesOf(made), neuronsOf(made))
    : Float64Array.from(result.floats('output'))
}

const shapeOf = (batch: number, channels: number, steps = 1): ActivationShape => ({
  steps,
  batch,
  height: 1,
  width: 1,
  channels,
})

/** Values in [0, 1]: multiples of 1/64 with both ends, exact in float32, or any. */
function unitValues(seed: number, count: number, grid: boolean): Float64Array {
  const words = philoxFill([seed, 3], RandomStream.syntheticData, 1, 0, count)
  return Float64Array.from(words, (word) => (grid ? (word % 65) / 64 : toUnit(word)))
}

const cases = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  channels: fc.constantFrom(1, 3, 31, 32, 33, 65),
  timeSteps: fc.constantFrom(1, 2, 3, 5, 8, 13),
  minimumSlabs: fc.integer({ min: 1, max: 3 }),
  grid: fc.boolean(),
  seed: randomSeed,
})

describe('rate code', () => {
  it('fires where the number of its element, step and draw is below the value, bit for bit', async () => {
    const more = fc.record({ draw: fc.constantFrom(0, 1, 77), perStep: fc.boolean() })
    await check(
      fc.tuple(cases, more),
      async ([{ batch, channels, timeSteps, minimumSlabs, grid, seed }, { draw, perStep }]) => {
        const steps = perStep ? timeSteps : 1
        const x = unitValues(seed, steps * batch * channels, grid)
        const spikes = await encoded({
          shape: shapeOf(batch, channels, steps),
          x,
          encode: (graph, value) => traceRateEncode(graph, value, { timeSteps, seed: [seed, 5] }),
          minimumSlabs,
          draw,
        })
        expect(spikes).toEqual(rateEncode(x, timeSteps, batch * channels, [seed, 5], draw))
      },
      15,
      211,
    )
  })

  it('has a mean over time near the value, never fires at 0 and always at 1', async () => {
    const x = [0, 0.1, 0.5, 0.9, 1]
    const timeSteps = 4000
    const spikes = await encoded({
      shape: shapeOf(1, 5),
      x,
      encode: (graph, value) => traceRateEncode(graph, value, { timeSteps, seed: [1, 0] }),
    })
    x.forEach((p, i) => {
      const mean = spikes.reduce((sum, s, k) => sum + (k % 5 === i ? s : 0), 0) / timeSteps
      expect(Math.abs(mean - p)).toBeLessThanOrEqual(4 * Math.sqrt((p * (1 - p)) / timeSteps))
    })
  })
})

/** Where the oracle rounds a number that lies this near to a boundary, float32 may round the other way. */
const near = (value: number, boundary: number) => Math.abs(value - boundary) < 2e-4 * Math.max(1, Math.abs(value))

/** Compares spikes by neuron; `doubtful` neurons may differ, and must be few. */
function expectSpikes(
  found: Float64Array,
  expected: Float64Array,
  neurons: number,
  doubtful: (i: number) => boolean,
): void {
  const wrong = new Set<number>()
  found.forEach((spike, k) => {
    if (spike !== expected[k]) wrong.add(k % neurons)
  })
  expect([...wrong].filter((i) => !doubtful(i))).toEqual([])
}

describe('latency codes', () => {
  const forms = fc.oneof(
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

  it('put one spike where the oracle does, for any number of slabs', async () => {
    await check(
      fc.tuple(cases, forms),
      async ([{ batch, channels, timeSteps, minimumSlabs, grid, seed }, form]) => {
        const x = unitValues(seed, batch * channels, grid)
        const spikes = await encoded({
          shape: shapeOf(batch, channels),
          x,
          encode: (graph, value) =>
            traceClosedFormEncode(graph, value, { code: 'latency', ...form } as ClosedFormCode, timeSteps),
          minimumSlabs,
        })
        const times = latencyTimes(x, timeSteps, form)
        expectSpikes(spikes, spikesAt(times, timeSteps), x.length, (i) => {
          const time = times[i] ?? Number.NaN
          return near(time, Math.floor(time) + 0.5) && !(grid && form.form === 'linear')
        })
      },
      25,
      212,
    )
  })

  it('are earlier for larger values', async () => {
    const x = Float64Array.from({ length: 65 }, (_, i) => i / 64)
    for (const form of ['linear', 'log'] as const) {
      const spikes = await encoded({
        shape: shapeOf(1, 65),
        x,
        encode: (graph, value) => traceClosedFormEncode(graph, value, { code: 'latency', form }, 9),
      })
      const times = Array.from(x, (_, i) => [...Array(9).keys()].filter((t) => spikes[t * 65 + i] === 1))
      expect(times.every((own) => own.length === 1)).toBe(true)
      times.slice(1).forEach((own, i) => {
        expect(own[0]).toBeLessThanOrEqual(times[i]?.[0] ?? -1)
      })
    }
  })

  it('give the times of the worked examples', async () => {
    const timesOf = async (form: 'linear' | 'log', x: number[]) => {
      const spikes = await encoded({
        shape: shapeOf(1, x.length),
        x,
        encode: (graph, value) => traceClosedFormEncode(graph, value, { code: 'latency', form }, 5),
      })
      return x.map((_, i) => [...Array(5).keys()].find((t) => spikes[t * x.length + i] === 1))
    }
    expect(await timesOf('linear', [0, 0.3, 0.5, 1])).toEqual([4, 3, 2, 0])
    expect(await timesOf('log', [0.01, 0.3, 0.5, 1])).toEqual([4, 1, 1, 0])
  })
})

describe('weighted time to first spike, phase and burst', () => {
  const scaledNear = (x: Float64Array, scale: number) => (i: number) => {
    const value = (x[i] ?? 0) * scale
    return near(value, Math.round(value)) && value !== Math.round(value)
  }

  it('are those of the oracle, as bits and as amplitudes', async () => {
    await check(
      fc.tuple(cases, fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 6 })),
      async ([{ batch, channels, timeSteps, minimumSlabs, grid, seed }, bits, most]) => {
        const x = unitValues(seed, batch * channels, grid)
        const run = (code: ClosedFormCode, weights?: 'ttfs' | number) =>
          encoded({
            shape: shapeOf(batch, channels),
            x,
            encode(graph, value) {
              const spikes = traceClosedFormEncode(graph, value, code, timeSteps)
              return weights === undefined ? spikes : traceWeighSpikes(graph, spikes, weights)
            },
            minimumSlabs,
          })
        const ttfs = await run({ code: 'ttfs' }, 'ttfs')
        const expected = weightedTtfsEncode(x, timeSteps).map(Math.fround)
        expectSpikes(ttfs, expected, x.length, scaledNear(x, timeSteps))
        const phase = phaseEncode(x, timeSteps, bits, true)
        expectSpikes(await run({ code: 'phase', bits }, bits), phase, x.length, scaledNear(x, 2 ** bits))
        expectSpikes(
          await run({ code: 'phase', bits }),
          phaseEncode(x, timeSteps, bits),
          x.length,
          scaledNear(x, 2 ** bits),
        )
        const [shortest, longest] = [Math.min(2, timeSteps), timeSteps]
        const interval = (i: number) =>
          scaledNear(
            x.map((v) => 1 - v),
            longest - shortest,
          )(i)
        expectSpikes(
          await run({ code: 'burst', most }),
          burstEncode(x, timeSteps, most, shortest, longest),
          x.length,
          (i) => scaledNear(x, most)(i) || interval(i),
        )
      },
      10,
      213,
    )
  })

  it('phase adds up to the value within one part of 2^K', async () => {
    const x = Float64Array.from({ length: 65 }, (_, i) => i / 64)
    const values = await encoded({
      shape: shapeOf(1, 65),
      x,
      encode: (graph, value) =>
        traceWeighSpikes(graph, traceClosedFormEncode(graph, value, { code: 'phase', bits: 4 }, 4), 4),
    })
    x.forEach((value, i) => {
      const sum = [0, 1, 2, 3].reduce((total, t) => total + (values[t * 65 + i] ?? 0), 0)
      expect(value - sum).toBeLessThan(value === 1 ? 2 ** -4 + 1e-12 : 2 ** -4)
      expect(value - sum).toBeGreaterThanOrEqual(0)
    })
  })

  it('phase gives the bits of the worked examples', async () => {
    const spikes = await encoded({
      shape: shapeOf(1, 3),
      x: [0.3, 0.5, 1],
      encode: (graph, value) => traceClosedFormEncode(graph, value, { code: 'phase', bits: 4 }, 4),
    })
    expect([0, 1, 2].map((i) => [0, 1, 2, 3].map((t) => spikes[t * 3 + i]).join(''))).toEqual(['0100', '1000', '1111'])
  })
})

describe('population code', () => {
  const fields: fc.Arbitrary<PopulationFields> = fc.record({
    fields: fc.integer({ min: 3, max: 8 }),
    low: fc.constantFrom(-1, 0),
    high: fc.constantFrom(1, 2.5),
    beta: fc.constantFrom(1, 1.5),
  })

  it('has the activations and gradients of the oracle', async () => {
    await check(
      fc.tuple(cases, fields, fc.boolean()),
      async ([{ batch, channels, timeSteps, minimumSlabs, seed }, options, twice]) => {
        const shape = shapeOf(batch, channels, timeSteps)
        const count = timeSteps * batch * channels
        const x = drawNumbers(seed, 0, count, 2)
        const seeds = [1, 2].map((draw) => drawNumbers(seed, draw, count * options.fields, 1))
        const result = await runOp(await testGpu(), {
          build(graph) {
            const value = traceLoad(graph, 'f32', shape, 'x', 'dx')
            const act = tracePopulation(graph, value, options)
            traceStore(graph, act, 'act')
            traceSeed(graph, act, 'dact0')
            if (twice) traceSeed(graph, tracePopulation(graph, value, options, 'again'), 'dact1')
          },
          write: { x, dact0: seeds[0] ?? [], ...(twice ? { dact1: seeds[1] ?? [] } : {}) },
          read: ['act', 'dx'],
          backward: true,
          minimumSlabs,
        })
        const oracle = { beta: 1.5, ...options }
        expectClose(result.floats('act'), populationActivation(x, oracle), { absolute: 1e-5 })
        const parts = seeds.slice(0, twice ? 2 : 1).map((dact) => populationGradient(x, dact, oracle))
        const expected = parts.reduce((sum, part) => sum.map((v, i) => v + (part[i] ?? 0)))
        expectClose(result.floats('dx'), expected, { absolute: 1e-3, relative: 1e-4 })
      },
      12,
      214,
    )
  })

  it('with latency gives the spikes of the worked example', async () => {
    const spikes = await encoded({
      shape: shapeOf(1, 1),
      x: [0.3],
      encode(graph, value) {
        const act = tracePopulation(graph, value, { fields: 5, low: 0, high: 1 })
        return traceClosedFormEncode(graph, act, { code: 'latency', cutoff: 0.1 }, 8)
      },
    })
    const times = [0, 1, 2, 3, 4].map((i) => [...Array(8).keys()].filter((t) => spikes[t * 5 + i] === 1))
    expect(times).toEqual([[6], [1], [2], [], []])
  })
})

describe('delta and send-on-delta', () => {
  it('are those of the oracle, with the reference handed from slab to slab', async () => {
    const options = fc.record({
      theta: fc.constantFrom(0.25, 0.5),
      padding: fc.boolean(),
      offSpikes: fc.boolean(),
      follow: fc.boolean(),
    })
    await check(
      fc.tuple(cases, options),
      async ([{ batch, channels, timeSteps, minimumSlabs, seed }, { theta, padding, offSpikes, follow }]) => {
        // multiples of 1/64: differences and thresholds are exact
        const x = drawNumbers(seed, 0, timeSteps * batch * channels, 1)
        const found = await encoded({
          shape: shapeOf(batch, channels, timeSteps),
          x,
          encode: (graph, value) =>
            follow
              ? traceSendOnDelta(graph, value, theta)
              : traceDeltaEncode(graph, value, { theta, padding, offSpikes }),
          minimumSlabs,
        })
        const neurons = batch * channels
        const expected = follow
          ? sendOnDeltaEncode(x, neurons, theta)
          : deltaEncode(x, neurons, { theta, padding, offSpikes })
        expect([...found].map((v) => v + 0)).toEqual([...expected].map((v) => v + 0))
      },
      20,
      215,
    )
  })

  it('delta gives the spikes of the worked example', async () => {
    const found = await encoded({
      shape: shapeOf(1, 1, 4),
      x: [0.1, 0.4, 0.35, 0],
      encode: (graph, value) => traceDeltaEncode(graph, value, { theta: 0.2, offSpikes: true }),
    })
    expect([...found].map((v) => v + 0)).toEqual([0, 1, 0, -1])
  })

  it('send-on-delta follows its input within theta, if no step exceeds it', async () => {
    const [theta, timeSteps, neurons] = [0.25, 40, 33]
    const steps = drawNumbers(8, 0, timeSteps * neurons, 0.25)
    const x = new Float64Array(timeSteps * neurons)
    for (let k = 0; k < x.length; k++) x[k] = (k < neurons ? 0 : (x[k - neurons] ?? 0)) + (steps[k] ?? 0)
    const spikes = await encoded({
      shape: shapeOf(1, neurons, timeSteps),
      x,
      encode: (graph, value) => traceSendOnDelta(graph, value, theta),
    })
    const reference = x.slice(0, neurons)
    for (let k = 0; k < x.length; k++) {
      const i = k % neurons
      reference[i] = (reference[i] ?? 0) + theta * (spikes[k] ?? 0)
      expect(Math.abs((x[k] ?? 0) - (reference[i] ?? 0))).toBeLessThan(theta)
    }
  })
})

describe('inputs that no code is defined for', () => {
  it('never fire, and the program counts them until it ends', async () => {
    const gpu = await testGpu()
    const graph = new Graph()
    const shape = shapeOf(2, 3)
    const x = graph.activation('f32', shape, 'x', { kind: 'slot', name: 'x' })
    const series = graph.activation('f32', shapeOf(1, 1, 4), 'series', { kind: 'slot', name: 'series' })
    for (const [name, spikes] of [
      ['rate', traceRateEncode(graph, x, { timeSteps: 3, seed: [1, 1] })],
      ['latency', traceClosedFormEncode(graph, x, { code: 'latency' }, 3)],
      ['phase', traceClosedFormEncode(graph, x, { code: 'phase', bits: 3 }, 3)],
    ] as const)
      traceStore(graph, spikes, name)
    traceStore(graph, traceDeltaEncode(graph, series), 'delta')
    const memory = new ModelMemory(gpu, new ParameterTable(), new ParameterTable())
    const program = await Program.compile(gpu, graph, memory)
    try {
      program.write('x', Float32Array.of(0.5, 1, 0, -0, 0.25, 1))
      program.write('series', Float32Array.of(0, 1, 2, 3))
      program.run()
      expect(await program.faults()).toEqual(new Map())
      program.write('x', Float32Array.of(Number.NaN, 1.0000001, -0.001, Number.POSITIVE_INFINITY, -1, 0.5))
      program.write('series', Float32Array.of(0, Number.NaN, Number.NEGATIVE_INFINITY, 3))
      program.run()
      const counted = new Map([
        ['rate code', 5],
        ['latency', 5],
        ['phase', 5],
        ['delta', 2],
      ])
      expect(await program.faults()).toEqual(counted)
      for (const name of ['rate', 'latency', 'phase']) {
        const spikes = unpackSpikes(await program.readWords(name), 6, 3)
        // only the last value of the second sample may fire
        expect([...spikes].filter((spike, k) => spike === 1 && k % 6 !== 5)).toEqual([])
      }
      program.run()
      expect((await program.faults()).get('latency')).toBe(10)
    } finally {
      program.release()
      memory.release()
    }
  })

  it('and options out of range are refused before anything runs', () => {
    const graph = new Graph()
    const x = graph.activation('f32', shapeOf(1, 3), 'x')
    const moving = graph.activation('f32', shapeOf(1, 3, 4), 'moving')
    const encode = (code: ClosedFormCode, steps = 4) => traceClosedFormEncode(graph, x, code, steps)
    for (const timeSteps of [0, -1, 1.5, Number.NaN]) {
      expect(() => encode({ code: 'latency' }, timeSteps)).toThrow(OptionError)
      expect(() => traceRateEncode(graph, x, { timeSteps, seed: [0, 0] })).toThrow(OptionError)
    }
    expect(() => traceRateEncode(graph, moving, { timeSteps: 3, seed: [0, 0] })).toThrow(OptionError)
    expect(() => encode({ code: 'phase', bits: 0 })).toThrow(/phase\.bits/)
    expect(() => encode({ code: 'burst', most: 0 })).toThrow(/burst\.most/)
    expect(() => encode({ code: 'burst', shortest: 5, longest: 4 })).toThrow(/burst\.longest/)
    expect(() => encode({ code: 'latency', form: 'threshold', theta: 0 })).toThrow(/latency\.theta/)
    expect(() => encode({ code: 'latency', form: 'threshold', tau: Number.NaN })).toThrow(/latency\.tau/)
    expect(() => traceClosedFormEncode(graph, moving, { code: 'latency' }, 4)).toThrow(ShapeError)
    for (const wrong of [{ fields: 2 }, { high: 0 }, { beta: 0 }, { low: Number.NaN }])
      expect(() => tracePopulation(graph, x, { fields: 3, low: 0, high: 1, ...wrong })).toThrow(OptionError)
    for (const theta of [0, -1, Number.NaN]) {
      expect(() => traceDeltaEncode(graph, moving, { theta })).toThrow(OptionError)
      expect(() => traceSendOnDelta(graph, moving, theta)).toThrow(OptionError)
    }
  })
})
