import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import { Program } from '../../src/graph/program.js'
import { ModelMemory } from '../../src/nn/memory.js'
import { ParameterTable } from '../../src/nn/parameters.js'
import { type ClosedFormCode, traceClosedFormEncode, traceWeighSpikes } from '../../src/ops/encode.js'
import { traceDeltaEncode, traceSendOnDelta } from '../../src/ops/encode-delta.js'
import { tracePopulation } from '../../src/ops/encode-population.js'
import { traceRateEncode, traceSignedRateEncode } from '../../src/ops/encode-rate.js'
import { type EncoderRun, runEncoder, valuesShape } from '../../src/properties/encoder-run.js'
import { drawNumbers } from '../../src/properties/op-run.js'
import { traceStore } from '../../src/properties/slabbed-io.js'
import { unpackSpikes } from '../../src/testing/oracle/dissimilarity.js'
import { testGpu } from '../support/gpu.js'

const encoded = async (run: EncoderRun) => runEncoder(await testGpu(), run)

describe('rate code', () => {
  it('has a mean over time near the value, never fires at 0 and always at 1', async () => {
    const x = [0, 0.1, 0.5, 0.9, 1]
    const timeSteps = 4000
    const spikes = await encoded({
      shape: valuesShape(1, 5),
      x,
      encode: (graph, value) => traceRateEncode(graph, value, { timeSteps, seed: [1, 0] }),
    })
    x.forEach((p, i) => {
      const mean = spikes.reduce((sum, s, k) => sum + (k % 5 === i ? s : 0), 0) / timeSteps
      expect(Math.abs(mean - p)).toBeLessThanOrEqual(4 * Math.sqrt((p * (1 - p)) / timeSteps))
    })
  })
})

describe('the signed rate code', () => {
  it('has the sign of its value and fires at a rate of half its size, at every step from 2 on', async () => {
    const x = [-3, -2, -0.5, 0, 1, 2]
    const timeSteps = 4000
    const values = await encoded({
      shape: valuesShape(1, 6),
      x,
      encode: (graph, value) => traceSignedRateEncode(graph, value, { timeSteps, seed: [1, 0] }),
    })
    x.forEach((value, i) => {
      const mean = values.reduce((sum, s, k) => sum + (k % 6 === i ? s : 0), 0) / timeSteps
      const p = Math.min(1, Math.abs(value) / 2)
      expect(Math.abs(mean - Math.sign(value) * p)).toBeLessThanOrEqual(4 * Math.sqrt((p * (1 - p)) / timeSteps))
    })
  })
})

describe('latency codes', () => {
  it('are earlier for larger values', async () => {
    const x = Float64Array.from({ length: 65 }, (_, i) => i / 64)
    for (const form of ['linear', 'log'] as const) {
      const spikes = await encoded({
        shape: valuesShape(1, 65),
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
        shape: valuesShape(1, x.length),
        x,
        encode: (graph, value) => traceClosedFormEncode(graph, value, { code: 'latency', form }, 5),
      })
      return x.map((_, i) => [...Array(5).keys()].find((t) => spikes[t * x.length + i] === 1))
    }
    expect(await timesOf('linear', [0, 0.3, 0.5, 1])).toEqual([4, 3, 2, 0])
    expect(await timesOf('log', [0.01, 0.3, 0.5, 1])).toEqual([4, 1, 1, 0])
  })
})

describe('the phase code', () => {
  it('adds up to the value within one part of 2^K', async () => {
    const x = Float64Array.from({ length: 65 }, (_, i) => i / 64)
    const values = await encoded({
      shape: valuesShape(1, 65),
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

  it('gives the bits of the worked examples', async () => {
    const spikes = await encoded({
      shape: valuesShape(1, 3),
      x: [0.3, 0.5, 1],
      encode: (graph, value) => traceClosedFormEncode(graph, value, { code: 'phase', bits: 4 }, 4),
    })
    expect([0, 1, 2].map((i) => [0, 1, 2, 3].map((t) => spikes[t * 3 + i]).join(''))).toEqual(['0100', '1000', '1111'])
  })
})

describe('population code', () => {
  it('with latency gives the spikes of the worked example', async () => {
    const spikes = await encoded({
      shape: valuesShape(1, 1),
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
  it('delta gives the spikes of the worked example', async () => {
    const found = await encoded({
      shape: valuesShape(1, 1, 4),
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
      shape: valuesShape(1, neurons, timeSteps),
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
    const shape = valuesShape(2, 3)
    const x = graph.activation('f32', shape, 'x', { kind: 'slot', name: 'x' })
    const series = graph.activation('f32', valuesShape(1, 1, 4), 'series', { kind: 'slot', name: 'series' })
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
    const x = graph.activation('f32', valuesShape(1, 3), 'x')
    const moving = graph.activation('f32', valuesShape(1, 3, 4), 'moving')
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
