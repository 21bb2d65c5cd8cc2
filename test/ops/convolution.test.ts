import { describe, expect, it } from 'vitest'
import { plainCase } from '../../src/properties/convolution-cases.js'
import {
  type ConvolutionCase,
  convolutionData,
  outputShape,
  runConvolution,
} from '../../src/properties/convolution-run.js'
import { convolutionVariants } from '../../src/properties/convolution-variants.js'
import { expectConvolution } from '../../src/properties/families/synapses.js'
import { testGpu } from '../support/gpu.js'

const input = (height: number, width: number, channels: number, steps = 1, batch = 1) => ({
  steps,
  batch,
  height,
  width,
  channels,
})

describe.each(convolutionVariants)('convolution with %s', (_, choices) => {
  const expectExact = async (run: ConvolutionCase) => expectConvolution(await testGpu(), run, choices)

  it.each([1, 3, 5])(
    'takes the row kernel for a window of side %s on rows of 16 and 32, with and without adding',
    async (kernel) => {
      const rows = { ...choices, 'convolution input gradient': 'rows' }
      const expectExact = async (run: ConvolutionCase) => expectConvolution(await testGpu(), run, rows)
      const padding = (kernel - 1) / 2
      const channels = [{ channels: 8, crop: 0 }]
      await expectExact({ ...plainCase, kernel, padding, input: input(3, 16, 4, 2), branches: channels, spikes: true })
      await expectExact({ ...plainCase, kernel, padding, input: input(2, 32, 8), branches: channels, readers: 2 })
      // an output that is wider or narrower than the input
      await expectExact({ ...plainCase, kernel, padding: 2, input: input(5, 16, 4), branches: channels, spikes: true })
      await expectExact({ ...plainCase, kernel, padding: 0, input: input(5, 16, 4), branches: channels })
    },
  )

  it.each([
    [4, 4],
    [8, 8],
    [5, 3],
    [16, 12],
  ])('reduces with two branches, the second one pixel aside: %s channels into two times %s', async (from, to) => {
    for (const spikes of [true, false]) {
      const branches = [
        { channels: to, crop: 0 },
        { channels: to, crop: 1 },
      ]
      const run = { ...plainCase, spikes, kernel: 1, stride: 2, padding: 0, branches, moments: true }
      await expectExact({ ...run, input: input(8, 6, from, 2, 2), readers: 2 })
    }
  })

  it('treats pixels outside the image as silent, for windows that lie mostly outside', async () => {
    for (const spikes of [true, false])
      await expectExact({ ...plainCase, spikes, kernel: 5, padding: 2, density: 1, input: input(1, 1, 33, 1, 2) })
  })

  it.each([0, 1])('handles spikes that are all %s', async (density) => {
    const run = {
      ...plainCase,
      spikes: true,
      density,
      input: input(5, 7, 33, 2, 2),
      branches: [{ channels: 5, crop: 0 }],
    }
    await expectExact(run)
    await expectExact({ ...run, stride: 2, input: input(6, 6, 8, 2) })
    const data = convolutionData(run)
    expect(new Set(data.x)).toEqual(new Set([density]))
    if (density === 0) {
      const silent = await runConvolution(await testGpu(), run, data, 1, choices)
      expect(new Set(Array.from(silent.ys[0] ?? []))).toEqual(new Set([0]))
      expect(new Set(Array.from(silent.dw[0] ?? []))).toEqual(new Set([0]))
    }
  })

  it('sums the weight gradient of many images in chunks', async () => {
    // 3 kernel rows x 2 blocks x 2 quads and 700 images pass the 8192 invocations that one chunk an image may take
    const run = {
      ...plainCase,
      spikes: true,
      kernel: 3,
      input: input(3, 3, 16, 7, 100),
      branches: [{ channels: 8, crop: 0 }],
    }
    await expectExact(run)
    await expectExact({ ...run, spikes: false, input: input(3, 3, 5, 7, 100) })
  })

  it('serves channels for several tiles and pixels for less than one', async () => {
    for (const spikes of [true, false]) {
      const run = { ...plainCase, spikes, input: input(5, 7, 20, 1, 2), branches: [{ channels: 72, crop: 0 }] }
      await expectExact(run)
      await expectExact({
        ...run,
        kernel: 1,
        padding: 0,
        input: input(1, 1, 70),
        branches: [{ channels: 17, crop: 0 }],
      })
    }
  })

  it('gives shapes by the usual rule', () => {
    expect(outputShape({ ...plainCase, kernel: 5, padding: 1, stride: 2, input: input(9, 6, 4) })).toMatchObject({
      height: 4,
      width: 2,
      channels: 4,
    })
  })
})
