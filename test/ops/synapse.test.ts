import { describe, it } from 'vitest'
import type { ActivationShape } from '../../src/ops/op.js'
import { type Pair, plainWindow, type SynapseWindow } from '../../src/ops/synapse.js'
import { expectSynapse } from '../../src/properties/families/synapses.js'
import { plainSynapse } from '../../src/properties/synapse-cases.js'
import type { SynapseCase } from '../../src/properties/synapse-run.js'
import { testGpu } from '../support/gpu.js'

const expectExact = async (run: SynapseCase) => expectSynapse(await testGpu(), run)

const input = (height: number, width: number, channels: number, steps = 1, batch = 1): ActivationShape => ({
  steps,
  batch,
  height,
  width,
  channels,
})

const square = (kernel: number, more: Partial<SynapseWindow> = {}): SynapseWindow => ({
  ...plainWindow,
  kernel: [kernel, kernel],
  padding: [Math.floor(kernel / 2), Math.floor(kernel / 2)],
  ...more,
})

const both = [true, false]

describe('a convolution', () => {
  it.each([1, 3, 5, 7])('has windows of side %s', async (kernel) => {
    for (const spikes of both)
      await expectExact({ ...plainSynapse, spikes, window: square(kernel), input: input(9, 8, 5, 2, 2), channels: 6 })
  })

  it('is depth-wise with as many groups as channels, one or several outputs each', async () => {
    for (const spikes of both)
      for (const [channels, outputs] of [
        [32, 32],
        [33, 33],
        [8, 24],
      ] as const) {
        const window = square(3, { groups: channels })
        await expectExact({
          ...plainSynapse,
          spikes,
          window,
          input: input(6, 7, channels, 2),
          channels: outputs,
          bias: true,
        })
      }
  })

  it('is one-dimensional on images of height 1', async () => {
    const window: SynapseWindow = { ...plainWindow, kernel: [1, 5], padding: [0, 4], dilation: [1, 2] }
    for (const spikes of both)
      await expectExact({ ...plainSynapse, spikes, window, input: input(1, 33, 7, 3, 2), channels: 3 })
  })

  it('sums the gradients of many images in chunks', async () => {
    for (const spikes of both) {
      const run = { ...plainSynapse, spikes, bias: true, window: square(3), input: input(3, 3, 16, 7, 60), channels: 8 }
      await expectExact(run)
      await expectExact({ ...run, slabs: 3, density: 0.05 })
    }
  })
})

describe('a transposed convolution', () => {
  it('undoes the side that a strided convolution made, whatever was left over', async () => {
    for (const spikes of both)
      for (const extra of [0, 1] as const) {
        const outputPadding: Pair = [extra, extra]
        const window = square(3, { stride: [2, 2], outputPadding })
        await expectExact({
          ...plainSynapse,
          kind: 'transposed',
          spikes,
          window,
          input: input(4, 5, 12, 2),
          channels: 8,
        })
      }
  })

  it('leaves targets that no tap reaches at the bias', async () => {
    const window: SynapseWindow = { ...plainWindow, stride: [3, 2] }
    for (const spikes of both)
      await expectExact({
        ...plainSynapse,
        kind: 'transposed',
        spikes,
        window,
        bias: true,
        input: input(3, 4, 5),
        channels: 4,
      })
  })
})

describe('a locally connected layer', () => {
  it('has weights of its own for each pixel of more images than one invocation owns', async () => {
    for (const spikes of both)
      await expectExact({
        ...plainSynapse,
        kind: 'local',
        spikes,
        bias: true,
        window: square(3, { stride: [2, 2] }),
        input: input(5, 6, 9, 2, 20),
        channels: 5,
      })
  })
})
