/** Draws synapses: windows of any sides, strides, dilations, paddings and groups, channels around 4, 8 and 32. */
import * as fc from 'fast-check'
import { imagesOf } from '../ops/op.js'
import { type Pair, plainWindow, type SynapseKind, windowProducts } from '../ops/synapse.js'
import { type SynapseCase, synapseExtent, synapseShape } from './synapse-run.js'

export const plainSynapse: SynapseCase = {
  kind: 'convolution',
  window: plainWindow,
  input: { steps: 1, batch: 1, height: 4, width: 4, channels: 4 },
  channels: 4,
  spikes: false,
  bias: false,
  readers: 1,
  density: 0.3,
  slabs: 1,
  seed: 1,
}

const pair = (...sizes: readonly number[]): fc.Arbitrary<Pair> =>
  fc.tuple(fc.constantFrom(...sizes), fc.constantFrom(...sizes))

const side = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(15, 16, 17))
/** Channels of one group. */
const stretch = fc.constantFrom(1, 2, 3, 4, 5, 8, 9, 16, 33)

/** Whether there is an output and few enough products for the oracle. */
function possible(run: SynapseCase): boolean {
  const { kind, window, input, readers } = run
  for (const axis of [0, 1] as const)
    if (window.outputPadding[axis] >= Math.max(window.stride[axis], window.dilation[axis])) return false
  try {
    synapseShape(run)
  } catch {
    return false
  }
  const output = synapseShape(run)
  return (
    imagesOf(output) * windowProducts(kind, window, input, output) * readers <= 150_000 && synapseExtent(run).groups > 0
  )
}

/** Cases of a kind; anything may be fixed. */
export function synapseCase(kind: SynapseKind, fixed: Partial<SynapseCase> = {}): fc.Arbitrary<SynapseCase> {
  const window = fc.record({
    kernel: pair(1, 2, 3, 5, 7),
    stride: pair(1, 1, 2, 3),
    padding: pair(0, 1, 2, 3),
    dilation: pair(1, 1, 2, 3),
    groups: fc.constantFrom(1, 1, 2, 3, 4),
    outputPadding: kind === 'transposed' ? pair(0, 0, 1) : fc.constant<Pair>([0, 0]),
  })
  return fc
    .record({
      window,
      steps: fc.integer({ min: 1, max: 3 }),
      batch: fc.constantFrom(1, 2, 3, 17),
      height: side,
      width: side,
      inputs: stretch,
      outputs: stretch,
      spikes: fc.boolean(),
      bias: fc.boolean(),
      readers: fc.constantFrom(1, 1, 2),
      density: fc.constantFrom(0, 0.05, 0.3, 0.9, 1),
      slabs: fc.integer({ min: 1, max: 3 }),
      seed: fc.nat({ max: 1_000_000 }),
    })
    .map(({ steps, batch, height, width, inputs, outputs, ...drawn }): SynapseCase => {
      const { groups } = drawn.window
      return {
        ...drawn,
        kind,
        input: { steps, batch, height, width, channels: inputs * groups },
        channels: outputs * groups,
        slabs: Math.min(drawn.slabs, steps),
        ...fixed,
      }
    })
    .filter(possible)
}
