/** Random numbers on the GPU: initial weights and drop-path factors, from Philox. */

import { defineKernel } from '../runtime/kernel.js'
import { RandomStream, type Seed } from '../runtime/philox.js'
import { ceilDivide, type OpDefinition, type Tracer, type Value } from './op.js'

export const uniformKernel = defineKernel({
  shader: 'random/uniform',
  bindings: { w: 'write' },
  parameters: {
    invocations: 'u32',
    count: 'u32',
    seedLow: 'u32',
    seedHigh: 'u32',
    stream: 'u32',
    draw: 'u32',
    bound: 'f32',
    rounds: 'u32',
  },
  flags: {},
  workgroupSize: 64,
})

const dropFactors = defineKernel({
  shader: 'random/drop_factors',
  bindings: { step: 'uniform', factor: 'write' },
  parameters: { invocations: 'u32', count: 'u32', seedLow: 'u32', seedHigh: 'u32', stream: 'u32', rounds: 'u32' },
  flags: {},
  workgroupSize: 64,
})

const dropFactorsOp: OpDefinition<{ readonly seed: Seed }> = {
  name: 'dropFactors',
  lower(context, node) {
    const factor = node.outputs[0] as Value
    const [seedLow, seedHigh] = node.attributes.seed
    const invocations = ceilDivide(factor.elements, 4)
    context.dispatch({
      kernel: dropFactors,
      views: { step: context.stepUniform('dropPath'), factor: context.view(factor) },
      parameters: { invocations, count: factor.elements, seedLow, seedHigh, stream: RandomStream.dropPath, rounds: 10 },
      invocations,
      // ten rounds of two 32 x 32 bit products, in integers
      cost: { flops: 200 * invocations },
    })
  },
}

/** Drop-path factors `[edges, T*B]`: 0 with the probability of the step uniform "dropPath", else 1/(1-p); new ones each step. */
export function traceDropFactors(tracer: Tracer, edges: number, images: number, seed: Seed): Value {
  const factors = tracer.raw('f32', edges * images, 'drop-path factors')
  tracer.emit(dropFactorsOp, [], [factors], { seed })
  return factors
}
