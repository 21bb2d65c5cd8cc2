/** Winner take all as a layer, and the way of a rank-order code to it. */
import { describe, expect, it } from 'vitest'
import { ShapeError } from '../../src/errors.js'
import * as nn from '../../src/nn/index.js'
import type { ActivationShape } from '../../src/ops/op.js'
import { rankOrderSteps } from '../../src/testing/oracle/encoders.js'
import { runLayer, traceLayer } from '../support/layer-run.js'

/** Fires where the potential of this step exceeds the threshold; keeps nothing. */
const threshold = (theta: number) =>
  nn.lif({ beta: 0, decayInput: false, reset: 'none', strict: true, threshold: theta })

describe('winner take all', () => {
  it('gives the spikes of worked example D of sheet 14, with the wave of its image', async () => {
    const image: ActivationShape = { steps: 4, batch: 1, height: 3, width: 3, channels: 1 }
    const first = rankOrderSteps([0.9, 0.1, 0, 0.8, 0.5, 0.3, 0.2, 0.7, 0.6], 1, 4)
    const wave = [0, 1, 2, 3].flatMap((t) => Array.from(first, (step) => Number(step <= t)))
    const weights = [
      [0.8, 0.35],
      [0.2, 0.7],
      [0.6, 0.45],
      [0.4, 0.9],
    ].flat()
    const layer = nn.sequential(nn.conv2d(2, { kernel: 2, padding: 0 }), nn.winnerTakeAll(threshold(1.05)))
    const values = { '0.weight': weights }
    const { y, shape } = await runLayer({ layer, input: image, x: wave, spikes: true, values })
    expect(shape).toMatchObject({ steps: 4, height: 2, width: 2, channels: 2 })
    const counts = [0, 1].map((channel) =>
      [0, 1, 2, 3].map((pixel) => [0, 1, 2, 3].reduce((sum, t) => sum + (y[(t * 4 + pixel) * 2 + channel] ?? 0), 0)),
    )
    expect(counts).toEqual([
      [4, 0, 0, 0],
      [0, 2, 3, 3],
    ])
  })

  it('lets one neuron of a layer fire, and passes gradients to it alone', async () => {
    const shape: ActivationShape = { steps: 3, batch: 2, height: 1, width: 1, channels: 4 }
    const x = [0, 0.6, 0.7, 0, 0, 0, 0, 0, 0, 2, 2, 0, 0, 1.5, 1.5, 0, 2, 2, 2, 2, 0, 0, 3, 0]
    const { y, dx } = await runLayer({ layer: nn.winnerTakeAll(threshold(0.5)), input: shape, x })
    // sample 0: channel 2 is stronger at step 0; sample 1: channels 1 and 2 are equal at step 1
    expect(Array.from(y)).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0])
    const channels = [0, 1].map((sample) =>
      [0, 1, 2, 3].filter((c) => [0, 1, 2].some((t) => dx[(t * 2 + sample) * 4 + c] !== 0)),
    )
    expect(channels).toEqual([[2], [1]])
  })

  it('refuses neurons that do not fire', () => {
    const shape: ActivationShape = { steps: 3, batch: 2, height: 1, width: 1, channels: 4 }
    expect(() => traceLayer(nn.winnerTakeAll(nn.integrator()), shape)).toThrow(ShapeError)
  })
})
