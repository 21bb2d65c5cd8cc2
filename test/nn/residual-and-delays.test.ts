import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import * as nn from '../../src/nn/index.js'
import { type ActivationShape, pixelsOf } from '../../src/ops/op.js'
import { countOf, drawNumbers, drawSpikes } from '../../src/properties/op-run.js'
import { delayBackward, delayForward, spikeLogic } from '../../src/testing/oracle/time.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { runLayer, traceLayer } from '../support/layer-run.js'

const shape: ActivationShape = { steps: 3, batch: 2, height: 2, width: 3, channels: 5 }
const spikes = drawSpikes(3, 0, countOf(shape), 0.4)
const currents = drawNumbers(3, 1, countOf(shape))

describe('residual blocks', () => {
  const branch = nn.sequential(nn.conv2d(5), nn.batchNorm(), nn.lif())

  it('join spikes with spikes: add gives their sum, and and iand stay bits', async () => {
    const run = (connection: nn.SewConnection) =>
      runLayer({ layer: nn.sew(branch, connection), input: shape, x: spikes, spikes: true })
    const [sum, both, other] = [await run('add'), await run('and'), await run('iand')]
    // equal parameters make equal branches
    const a = Float64Array.from(sum.y, (value, i) => value - (spikes[i] ?? Number.NaN))
    expect(new Set(a)).toEqual(new Set([0, 1]))
    expect([sum.spikes, both.spikes, other.spikes]).toEqual([false, true, true])
    expectClose(both.y, spikeLogic('and', a, spikes))
    expectClose(other.y, spikeLogic('iand', a, spikes))
  })

  it('pass identities: a silent branch under add and iand is the shortcut, with its gradient', async () => {
    const silent = nn.sequential(nn.conv2d(5), nn.lif({ threshold: 1e6 }))
    for (const connection of ['add', 'iand'] as const) {
      const result = await runLayer({ layer: nn.sew(silent, connection), input: shape, x: spikes, spikes: true })
      expectClose(result.y, spikes)
      expectClose(result.dx, result.dy, { absolute: 1e-6 })
    }
  })

  it('add currents before the neuron, or add the membrane input untouched', async () => {
    const zero = { '0.branch0.weight': new Float64Array(9 * 25) }
    const spiking = nn.spikingResidual(nn.conv2d(5), nn.lif({ tau: 2, threshold: 0.25 }))
    const [single, x] = [{ ...shape, steps: 1 }, currents.subarray(0, countOf(shape) / 3)]
    const fired = await runLayer({ layer: spiking, input: single, x, values: zero })
    expectClose(
      fired.y,
      Float64Array.from(x, (value) => Number(value / 2 >= 0.25)),
    )
    const block = nn.membraneShortcut(nn.sequential(nn.lif(), nn.conv2d(5)))
    const values = { 'branch0.1.weight': new Float64Array(9 * 25) }
    const kept = await runLayer({ layer: block, input: shape, x: currents, values })
    expectClose(kept.y, currents)
    expectClose(kept.dx, kept.dy)
  })

  it('refuse branches that do not fit', () => {
    expect(() => traceLayer(nn.sew(nn.conv2d(5), 'and'), shape, 'spikes')).toThrow(/End the branch in neurons/)
    expect(() => traceLayer(nn.sew(nn.sequential(nn.conv2d(4), nn.lif()), 'add'), shape, 'spikes')).toThrow(ShapeError)
  })
})

describe('the delay layer', () => {
  const extent = { timeSteps: 3, positions: shape.batch * pixelsOf(shape), channels: 5 }

  it('delays each channel by its own steps, or all alike', async () => {
    for (const steps of [[0, 1, 2, 3, 1], 2]) {
      const delays = typeof steps === 'number' ? new Float64Array(5).fill(steps) : steps
      const bits = await runLayer({ layer: nn.delay(steps), input: shape, x: spikes, spikes: true })
      expect(bits.spikes).toBe(true)
      expectClose(bits.y, delayForward(spikes, delays, extent))
      expectClose(bits.dx, delayBackward(bits.dy, delays, extent))
      const real = await runLayer({ layer: nn.delay(steps), input: shape, x: currents })
      expectClose(real.y, delayForward(currents, delays, extent))
    }
  })

  it('refuses delays that are no whole steps or fit no channel', () => {
    expect(() => nn.delay(-1)).toThrow(OptionError)
    expect(() => nn.delay([0, 1.5])).toThrow(OptionError)
    expect(() => traceLayer(nn.delay([1, 2]), shape)).toThrow(/one for each of 5 channels; got 2/)
  })
})
