/** The surrogate files on the GPU: derivatives in the backward pass, primitives in soft neurons, a learned width. */
import { describe, expect, it } from 'vitest'
import { integrateAndFire } from '../../src/ops/neuron/models.js'
import { traceNeurons } from '../../src/ops/neuron/neuron.js'
import { resolveNeuron } from '../../src/ops/neuron/resolve.js'
import { type SurrogateOption, surrogateNames, surrogates } from '../../src/ops/neuron/surrogate.js'
import type { Value } from '../../src/ops/op.js'
import { runOp } from '../../src/properties/op-run.js'
import { traceLoad, traceSeed, traceStore } from '../../src/properties/slabbed-io.js'
import { atanWidthSlope, surrogateNamed } from '../../src/testing/oracle/surrogates.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'

/** Distances from the threshold, off the kinks of every default. */
const distances = Float64Array.from({ length: 61 }, (_, i) => Math.fround((i - 30) / 12 + 0.013))

/** One step of neurons without leak and threshold 1, so that the distance is the input minus 1. */
async function run(surrogate: SurrogateOption, soft: boolean) {
  const neuron = resolveNeuron(integrateAndFire, { reset: 'none', surrogate, soft })
  const shape = { steps: 1, batch: 1, height: 1, width: 1, channels: distances.length }
  const learns = typeof surrogate === 'object' && surrogate.learn === true
  const result = await runOp(await testGpu(), {
    build(graph, values) {
      const x = traceLoad(graph, 'f32', shape, 'x', 'dx')
      const weights = learns ? { weights: values.width as Value } : {}
      const { output } = traceNeurons(graph, x, neuron, weights)
      traceStore(graph, output, 'y')
      traceSeed(graph, output, 'dy')
    },
    parameters: learns ? { width: [1.5] } : {},
    write: { x: distances.map((x) => x + 1), dy: new Float64Array(distances.length).fill(1) },
    read: ['y', 'dx'],
    backward: true,
  })
  return { y: result.floats('y'), dx: result.floats('dx'), dWidth: learns ? result.gradient('width') : [] }
}

const close = { absolute: 2e-5, relative: 2e-5 }

describe('surrogates on the GPU', () => {
  it.each(surrogateNames)(
    '%s has the derivative of its float64 reference, and the primitive where it has one',
    async (name) => {
      const { soft } = surrogates[name]
      const { derivative, primitive } = surrogateNamed(name)
      const { y, dx } = await run(name, soft)
      expectClose(
        dx,
        distances.map((x) => derivative(x)),
        close,
      )
      expect(soft).toBe(primitive !== null)
      if (primitive)
        expectClose(
          y,
          distances.map((x) => primitive(x)),
          close,
        )
    },
  )

  it('take numbers other than their defaults', async () => {
    const option = { name: 'multi_gaussian', sigma: 0.3, height: 0.4, scale: 3, gamma: 1 } as const
    const { dx, y } = await run(option, true)
    const { derivative, primitive } = surrogateNamed('multi_gaussian')
    expectClose(
      dx,
      distances.map((x) => derivative(x, 0.3, 0.4, 3, 1)),
      close,
    )
    expectClose(
      y,
      distances.map((x) => primitive?.(x, 0.3, 0.4, 3, 1) ?? Number.NaN),
      close,
    )
  })

  it('learn the width of arctan', async () => {
    const { dx, dWidth } = await run({ name: 'atan', learn: true }, false)
    expectClose(
      dx,
      distances.map((x) => surrogateNamed('atan').derivative(x, 1.5)),
      close,
    )
    expectClose(dWidth, [distances.reduce((sum, x) => sum + atanWidthSlope(x, 1.5), 0)], { absolute: 1e-3 })
  })
})
