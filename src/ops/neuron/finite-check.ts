/** Numbers on the GPU that are not finite: a comparison with NaN is false, so a neuron would just fall silent. */
import { defineKernel } from '../../runtime/kernel.js'
import {
  ceilDivide,
  faultSlot,
  isHalf,
  neuronsOf,
  type OpDefinition,
  shapeOf,
  slabImages,
  slabsFor,
  type Tracer,
  type Value,
} from '../op.js'

const finiteCheck = defineKernel({
  shader: 'neuron/finite_check',
  bindings: { x: 'read', faults: 'write' },
  parameters: { invocations: 'u32', count: 'u32' },
  flags: { HALF_IN: false },
  workgroupSize: 64,
})

const finiteCheckOp: OpDefinition<null> = {
  name: 'finiteCheck',
  halves: () => ({ reads: [0] }),
  lower(context, node) {
    const [x] = node.inputs as [Value]
    const [faults] = node.outputs as [Value]
    const shape = shapeOf(x)
    for (const slab of slabsFor(context, shape)) {
      const count = (slabImages(shape, slab).count * neuronsOf(shape)) / (isHalf(x) ? 2 : 1)
      const invocations = ceilDivide(count, 16)
      const views = { x: context.view(x, slab), faults: context.view(faults) }
      const flags = { HALF_IN: isHalf(x) }
      context.dispatch({ kernel: finiteCheck, flags, views, parameters: { invocations, count }, invocations })
    }
  },
}

/** Counts the numbers of x `[T, B, C, H, W]` that are NaN or infinite; `Program.faults` tells of them by this label. */
export const traceFiniteCheck = (tracer: Tracer, x: Value, label = 'finite check'): void =>
  tracer.emit(finiteCheckOp, [x], [faultSlot(tracer, label)], null)
