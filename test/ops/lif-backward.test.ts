import { describe, expect, it } from 'vitest'
import { type LifParameters, mseNasLif } from '../../src/ops/lif.js'
import type { ResetMode } from '../../src/ops/neuron/definition.js'
import { surrogateNames } from '../../src/ops/neuron/surrogate.js'
import type { ActivationShape } from '../../src/ops/op.js'
import { type LifCase, lifData, plainLif, referenceGradient, runLif } from '../../src/properties/lif-run.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'

/** The surrogate's slope sees a membrane that float32 rounds at every step. */
const rounding = { absolute: 1e-4, relative: 1e-4 }

const population = (steps: number, channels: number, batch = 2): ActivationShape => ({
  steps,
  batch,
  height: 1,
  width: 1,
  channels,
})

async function expectGradient(run: LifCase, minimumSlabs = 1): Promise<Float32Array> {
  const data = lifData(run)
  const device = await runLif(await testGpu(), run, data, { minimumSlabs, backward: true })
  expectClose(device.dx, referenceGradient(run, data, device.spikes), rounding)
  expect(device.slabs).toBeGreaterThanOrEqual(minimumSlabs)
  return device.dx
}

const resets: readonly ResetMode[] = ['hard', 'soft', 'none']
const everyNeuron = resets.flatMap((reset) =>
  [false, true].flatMap((detachReset) =>
    [false, true].map((decayInput): LifParameters => ({ ...mseNasLif, reset, detachReset, decayInput })),
  ),
)

describe('LIF gradient on the GPU', () => {
  it.each(everyNeuron)(
    'handles $reset reset, detached $detachReset, input decayed $decayInput, alone and in groups of four',
    async (parameters) => {
      await expectGradient({ ...plainLif, parameters, shape: population(5, 3) })
      await expectGradient({ ...plainLif, parameters, shape: population(5, 8), seed: 2 })
    },
  )

  it.each(surrogateNames)('has the slope of the surrogate %s', async (surrogate) => {
    const widths: Partial<Record<string, number[]>> = { q_pseudo_spike: [1.5, 3], fourier: [2, 5], ste: [1] }
    for (const alpha of widths[surrogate] ?? [0.75, 2, 4]) {
      const parameters = { ...mseNasLif, threshold: 1, surrogate, alpha }
      const dx = await expectGradient({ ...plainLif, parameters, shape: population(5, 40) })
      expect(dx.some((value) => value !== 0)).toBe(true)
    }
  })

  it('keeps the membranes of forty steps, the most a slab may have', async () => {
    for (const channels of [3, 8]) await expectGradient({ ...plainLif, shape: population(40, channels) })
  })

  it('gives the same numbers in 1, 2 and 3 slabs, and cuts more than forty steps by itself', async () => {
    for (const reset of resets)
      for (const variant of [
        { constant: false, channels: 5 },
        { constant: true, channels: 8 },
      ]) {
        const parameters = { ...mseNasLif, reset, detachReset: false }
        const shape = population(6, variant.channels)
        const run = { ...plainLif, parameters, shape, constant: variant.constant, initial: true, readers: 2 }
        const whole = await expectGradient(run)
        for (const slabs of [2, 3]) {
          const cut = await expectGradient(run, slabs)
          // a constant current's gradient is summed per slab, so its rounding may differ
          if (variant.constant) expectClose(cut, whole, { absolute: 1e-5, relative: 1e-5 })
          else expect(cut).toEqual(whole)
        }
      }
    const long: LifCase = { ...plainLif, shape: population(43, 4, 1) }
    const device = await runLif(await testGpu(), long, lifData(long), { backward: true })
    expect(device.slabs).toBe(2)
    expectClose(device.dx, referenceGradient(long, lifData(long), device.spikes), rounding)
  })
})
