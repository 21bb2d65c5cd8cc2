/** Draws convolutions: every kernel size, stride, padding and crop, channel counts around 4 and 32, sides around 16. */
import * as fc from 'fast-check'
import { imagesOf, neuronsOf } from '../ops/op.js'
import { type ConvolutionCase, outputShape } from './convolution-run.js'

export const plainCase: ConvolutionCase = {
  input: { steps: 1, batch: 1, height: 4, width: 4, channels: 4 },
  spikes: false,
  kernel: 3,
  stride: 1,
  padding: 1,
  branches: [{ channels: 4, crop: 0 }],
  bias: false,
  moments: false,
  readers: 1,
  density: 0.3,
  exact: true,
  seed: 1,
}

const channelCount = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 12, 16, 33)
const side = fc.oneof(fc.integer({ min: 1, max: 18 }), fc.constantFrom(16, 32))

/** Whether there is an output, the same for every branch, and few enough products for the oracle. */
function possible(run: ConvolutionCase): boolean {
  const { input, branches, kernel, stride, padding } = run
  const output = outputShape(run)
  if (output.height < 1 || output.width < 1) return false
  const sides = branches.map(({ crop }) =>
    [input.height, input.width].map((size) => Math.floor((size - crop + 2 * padding - kernel) / stride)).join(),
  )
  const cropped = branches.some(({ crop }) => crop >= Math.min(input.height, input.width))
  const products = imagesOf(output) * neuronsOf(output) * kernel * kernel * input.channels * run.readers
  return new Set(sides).size === 1 && !cropped && products <= 400_000
}

/** Cases with exact numbers; `spikes` and anything else may be fixed. */
export function convolutionCase(fixed: Partial<ConvolutionCase>): fc.Arbitrary<ConvolutionCase> {
  const branches = fc.oneof(
    { weight: 3, arbitrary: fc.tuple(fc.record({ channels: channelCount, crop: fc.constantFrom(0, 0, 1) })) },
    {
      weight: 1,
      arbitrary: fc.tuple(channelCount, channelCount).map(([first, second]) => [
        { channels: first, crop: 0 },
        { channels: second, crop: 1 },
      ]),
    },
  )
  return fc
    .record({
      input: fc.record({
        steps: fc.integer({ min: 1, max: 3 }),
        batch: fc.integer({ min: 1, max: 2 }),
        height: side,
        width: side,
        channels: channelCount,
      }),
      kernel: fc.constantFrom(1, 3, 5),
      stride: fc.constantFrom(1, 1, 2),
      padding: fc.integer({ min: 0, max: 2 }),
      branches,
      bias: fc.boolean(),
      moments: fc.boolean(),
      readers: fc.constantFrom(1, 2),
      density: fc.constantFrom(0.05, 0.3, 0.9),
      seed: fc.nat(),
    })
    .map((drawn) => {
      const run = { ...plainCase, ...drawn, ...fixed }
      return { ...run, bias: run.bias && !run.spikes && run.branches.length === 1 }
    })
    .filter(possible)
}

/** Cases of which half have channels for several tiles side by side, and for the narrow ones. */
export function tileCase(fixed: Partial<ConvolutionCase>): fc.Arbitrary<ConvolutionCase> {
  const wide = fc
    .tuple(fc.constantFrom(3, 8, 20), fc.constantFrom(16, 30, 40, 72), convolutionCase(fixed))
    .map(([inputs, outputs, run]) => ({
      ...run,
      input: { ...run.input, channels: inputs },
      branches: [{ channels: outputs, crop: 0 }],
    }))
    .filter(possible)
  return fc.oneof(wide, convolutionCase(fixed))
}

const laneCount = fc.constantFrom(4, 8, 16, 20, 32)

/** Cases of which half are such that kernels for subgroups serve all of the forward pass and both gradients. */
export function subgroupCase(fixed: Partial<ConvolutionCase>): fc.Arbitrary<ConvolutionCase> {
  const served = fc
    .tuple(laneCount, laneCount)
    .chain(([inputs, outputs]) =>
      convolutionCase({ ...fixed, stride: 1, branches: [{ channels: outputs, crop: 0 }] }).map((run) => ({
        ...run,
        input: { ...run.input, channels: inputs },
        padding: Math.min(run.padding, run.kernel - 1),
      })),
    )
    .filter(possible)
  return fc.oneof(served, convolutionCase(fixed))
}
