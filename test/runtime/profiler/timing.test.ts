import { describe, expect, it } from 'vitest'
import { Graph } from '../../../src/graph/graph.js'
import { Program } from '../../../src/graph/program.js'
import { traceConvolution } from '../../../src/ops/convolution.js'
import { traceGlobalAveragePool } from '../../../src/ops/pooling.js'
import { traceLoad } from '../../../src/properties/slabbed-io.js'
import type { Gpu } from '../../../src/runtime/gpu.js'
import { measureCeilings } from '../../../src/runtime/profiler/ceilings.js'
import { type TimingMethod, timeDispatches, timingMethodOf } from '../../../src/runtime/profiler/timing.js'
import { packSpikes } from '../../../src/testing/oracle/dissimilarity.js'
import { testGpu } from '../../support/gpu.js'

const shape = { steps: 2, batch: 3, height: 5, width: 7, channels: 9 }
const neurons = 5 * 7 * 9
/** Every third neuron of every image fires. */
const spikes = Float64Array.from({ length: 6 * neurons }, (_, i) => Number(i % 3 === 0))
const ones = spikes.reduce((sum, spike) => sum + spike, 0)

async function spikeProgram(gpu: Gpu): Promise<Program> {
  const graph = new Graph()
  const x = traceLoad(graph, 'spikes', shape, 'x')
  const weights = graph.raw('f32', 9 * 9 * 4, 'weights', { storage: { kind: 'slot', name: 'weights' } })
  traceConvolution(graph, x, [weights], {
    kernel: 3,
    stride: 1,
    padding: 1,
    branches: [{ channels: 4, crop: 0 }],
    moments: false,
  })
  traceGlobalAveragePool(graph, x)
  const none = {
    view: () => {
      throw new Error('this graph has no parameters')
    },
  }
  const program = await Program.compile(gpu, graph, none, { minimumSlabs: 2 })
  program.write('x', packSpikes(spikes, 6, neurons))
  program.write('weights', new Float32Array(9 * 9 * 4))
  return program
}

describe('profiling a program', () => {
  it('times every dispatch in order, with its cost and the spikes that drove it', async () => {
    const program = await spikeProgram(await testGpu())
    try {
      program.run()
      await program.wait()
      const timings = await program.profile()
      expect(timings.length).toBe(program.counters.dispatches.main)
      for (const { milliseconds, bytes } of timings) {
        expect(milliseconds).toBeGreaterThanOrEqual(0)
        expect(bytes).toBeGreaterThan(0)
      }
      const starts = timings.map(({ start }) => start)
      expect(starts).toEqual([...starts].sort((a, b) => a - b))
      const driven = timings.filter(({ kernel }) => kernel.startsWith('convolution/spike_forward'))
      expect(driven.length).toBe(2)
      expect(driven.reduce((sum, call) => sum + (call.ones ?? 0), 0)).toBe(ones)
      expect(driven.reduce((sum, call) => sum + (call.spikes?.neurons ?? 0), 0)).toBe(6 * neurons)
      expect(driven.reduce((sum, call) => sum + call.flops, 0)).toBe(2 * 6 * 35 * 4 * 81)
      expect(timings.filter(({ spikes: drive }) => !drive).every((call) => call.ones === null)).toBe(true)
    } finally {
      program.release()
    }
  })

  it('counts no traffic for what a kernel does not touch', async () => {
    const program = await spikeProgram(await testGpu())
    try {
      const pools = (await program.profile()).filter(({ kernel }) => kernel === 'pooling/spike_mean')
      const words = Math.ceil(neurons / 32)
      for (const { bytes } of pools) expect(bytes).toBe(3 * (4 * words + 4 * 9))
    } finally {
      program.release()
    }
  })
})

describe('the clock', () => {
  it('is the GPU’s own where the device has timestamps, else the host’s', async () => {
    const gpu = await testGpu()
    expect(timingMethodOf(gpu)).toBe(gpu.device.features.has('timestamp-query') ? 'timestamps' : 'wall')
  })

  it('may be the host’s: times, costs and counts are there as well', async () => {
    const program = await spikeProgram(await testGpu())
    try {
      program.run()
      await program.wait()
      const timings = await program.profile('main', { method: 'wall' })
      expect(timings.length).toBe(program.counters.dispatches.main)
      expect(timings.some(({ milliseconds }) => milliseconds > 0)).toBe(true)
      expect(timings.every(({ milliseconds }) => milliseconds >= 0)).toBe(true)
      expect(timings.reduce((sum, call) => sum + (call.ones ?? 0), 0)).toBe(ones)
    } finally {
      program.release()
    }
  })

  it('has nothing to say of nothing', async () => {
    for (const method of ['wall', 'timestamps'] satisfies TimingMethod[])
      expect(await timeDispatches(await testGpu(), [], { method })).toEqual([])
  })
})

const small = { bytes: 2 ** 20, milliseconds: 0.1 }

describe('the ceilings of a device', () => {
  it('are positive and finite', async () => {
    const { copyGigabytesPerSecond, multiplyAddGigaflopsPerSecond } = await measureCeilings(await testGpu(), small)
    for (const rate of [copyGigabytesPerSecond, multiplyAddGigaflopsPerSecond]) {
      expect(rate).toBeGreaterThan(0)
      expect(Number.isFinite(rate)).toBe(true)
    }
  })
})
