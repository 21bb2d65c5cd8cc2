import { describe, expect, it } from 'vitest'
import { OptionError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import { Program } from '../../src/graph/program.js'
import { traceCopy } from '../../src/ops/copy.js'
import { defaultLif, type LifParameters, mseNasLif, traceLif } from '../../src/ops/lif.js'
import type { ResetMode } from '../../src/ops/neuron/definition.js'
import { type ActivationShape, neuronsOf, wordsOf } from '../../src/ops/op.js'
import { flipsOf, type LifCase, type LifData, lifData, plainLif, runLif } from '../../src/properties/lif-run.js'
import { traceLoad, traceStore } from '../../src/properties/slabbed-io.js'
import { lifForward } from '../../src/testing/oracle/lif.js'
import { testGpu } from '../support/gpu.js'

const population = (steps: number, channels: number, batch = 2): ActivationShape => ({
  steps,
  batch,
  height: 1,
  width: 1,
  channels,
})

/** Rounding of up to 40 steps moves a membrane below 50 by less than this. */
const nearThreshold = 1e-4

async function expectSpikes(run: LifCase, minimumSlabs = 1): Promise<{ words: Uint32Array; slabs: number }> {
  const data = lifData(run)
  const device = await runLif(await testGpu(), run, data, { minimumSlabs })
  const { flips, illegal } = flipsOf(run, data, device.spikes, nearThreshold)
  expect(illegal).toEqual([])
  // a kernel that flips at every tie is wrong even where each flip is near the threshold
  expect(flips).toBeLessThanOrEqual(2 + 0.02 * device.spikes.length)
  return device
}

describe('LIF spikes on the GPU', () => {
  it('fire at about a third of the steps in these cases, so that the comparison says something', async () => {
    const run = { ...plainLif, shape: population(40, 64) }
    const { spikes } = await runLif(await testGpu(), run, lifData(run))
    const rate = spikes.reduce((sum, s) => sum + s, 0) / spikes.length
    expect(rate).toBeGreaterThan(0.1)
    expect(rate).toBeLessThan(0.6)
  })

  it('lie in an image with height, width and channels in channel-last order', async () => {
    await expectSpikes({ ...plainLif, shape: { steps: 3, batch: 2, height: 3, width: 5, channels: 7 } })
    await expectSpikes({ ...plainLif, shape: { steps: 3, batch: 2, height: 4, width: 4, channels: 6 } })
  })

  it('fire at the threshold unless the comparison is strict', async () => {
    for (const strict of [false, true])
      for (const channels of [3, 32]) {
        const run = { ...plainLif, parameters: { ...defaultLif, strict }, shape: population(1, channels, 1) }
        const data: LifData = { x: new Float64Array(channels).fill(2), initial: null, ds: [] }
        const { spikes } = await runLif(await testGpu(), run, data)
        expect([...new Set(spikes)]).toEqual([strict ? 0 : 1])
      }
  })

  it.each<[string, LifParameters, number[], number[]]>([
    ['of MSE-NAS', mseNasLif, [0.6, 0.9, 0.8, 1.2], [0, 1, 0, 1]],
    ['A, decayed input and hard reset', defaultLif, [1.5, 1.6, 0.4, 2.5, 0.7], [0, 1, 0, 1, 0]],
    [
      'B, undecayed input and soft reset',
      { ...defaultLif, decayInput: false, reset: 'soft' },
      [0.8, 0.9, 0.1, 1.3, 0.2],
      [0, 1, 0, 1, 0],
    ],
  ])('follow the worked example %s', async (_, parameters, current, due) => {
    for (const channels of [1, 32]) {
      const shape = population(current.length, channels, 1)
      const x = Float64Array.from(current.flatMap((value) => Array.from({ length: channels }, () => value)))
      const { spikes } = await runLif(await testGpu(), { ...plainLif, parameters, shape }, { x, initial: null, ds: [] })
      expect([...spikes]).toEqual(due.flatMap((s) => Array.from({ length: channels }, () => s)))
    }
  })

  it('are the same bits in 1, 2 and 3 slabs', async () => {
    for (const reset of ['hard', 'soft', 'none'] satisfies ResetMode[])
      for (const [channels, constant] of [
        [5, false],
        [64, true],
      ] as const) {
        const run = { ...plainLif, parameters: { ...mseNasLif, reset }, shape: population(7, channels), constant }
        const whole = await expectSpikes({ ...run, initial: true })
        for (const slabs of [2, 3]) {
          const cut = await expectSpikes({ ...run, initial: true }, slabs)
          expect(cut.slabs).toBeGreaterThanOrEqual(slabs)
          expect(cut.words).toEqual(whole.words)
        }
      }
  })
})

/** A program of one step that keeps the membranes in a slot between its runs. */
async function runSingleSteps(run: LifCase, data: LifData): Promise<{ words: number[]; membranes: Float32Array }> {
  const gpu = await testGpu()
  const graph = new Graph()
  const shape = { ...run.shape, steps: 1 }
  const neurons = shape.batch * neuronsOf(shape)
  const initial = graph.raw('f32', neurons, 'membrane', { storage: { kind: 'slot', name: 'membrane' } })
  const x = traceLoad(graph, 'f32', shape, 'x')
  const { parameters } = run
  const { spikes, finalMembrane } = traceLif(graph, x, { parameters, initialMembrane: initial, keepMembrane: true })
  traceStore(graph, spikes, 'spikes')
  if (!finalMembrane) throw new Error('keepMembrane gives a final membrane')
  traceCopy(graph, finalMembrane, initial)
  const program = await Program.compile(gpu, graph, {
    view: () => {
      throw new Error('this graph has no parameters')
    },
  })
  try {
    program.write('membrane', new Float32Array(neurons).fill(parameters.resetPotential))
    const words: number[] = []
    for (let t = 0; t < run.shape.steps; t++) {
      program.write('x', Float32Array.from(data.x.subarray(t * neurons, (t + 1) * neurons)))
      program.run()
      words.push(...(await program.readWords('spikes')))
    }
    return { words, membranes: await program.readFloats('membrane') }
  } finally {
    program.release()
  }
}

describe('LIF one step at a time', () => {
  it('gives the spikes of one run over all steps when the membranes are kept', async () => {
    for (const parameters of [mseNasLif, { ...defaultLif, reset: 'soft' } satisfies LifParameters])
      for (const channels of [33, 64]) {
        const run = { ...plainLif, parameters, shape: population(6, channels) }
        const data = lifData(run)
        const whole = await runLif(await testGpu(), run, data)
        const single = await runSingleSteps(run, data)
        expect(single.words).toEqual([...whole.words])
        expect(single.words.length).toBe(6 * 2 * wordsOf(run.shape))
        const { finalMembrane } = lifForward(data.x, parameters, {
          timeSteps: 6,
          neurons: single.membranes.length,
          replaySpikes: whole.spikes,
        })
        single.membranes.forEach((membrane, n) => {
          expect(membrane).toBeCloseTo(finalMembrane[n] ?? Number.NaN, 5)
        })
      }
  })
})

describe('LIF options', () => {
  const trace = (parameters: Partial<LifParameters>, steps = 3, timeSteps = 3) => {
    const graph = new Graph()
    const x = graph.activation('f32', population(steps, 4), 'x')
    return traceLif(graph, x, { parameters: { ...mseNasLif, ...parameters }, timeSteps })
  }

  it.each<[string, Partial<LifParameters>]>([
    ['tau', { tau: 0.5 }],
    ['tau', { tau: Number.NaN }],
    ['threshold', { threshold: 0 }],
    ['threshold', { threshold: Number.POSITIVE_INFINITY }],
    ['surrogate.alpha', { alpha: 0 }],
    ['resetPotential', { resetPotential: Number.NaN }],
  ])('are refused when %s is out of range', (name, parameters) => {
    expect(() => trace(parameters)).toThrow(OptionError)
    expect(() => trace(parameters)).toThrow(`lif.${name}`)
  })

  it('must agree with the steps of the input', () => {
    expect(() => trace({}, 3, 4)).toThrow('the input has 3 steps; got 4')
    expect(trace({}, 1, 4).spikes.shape?.steps).toBe(4)
  })
})
