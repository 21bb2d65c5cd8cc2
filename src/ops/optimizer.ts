/** AdamW and SGD over a whole parameter arena, with optional clipping of the gradient's norm. */
import { defineKernel } from '../runtime/kernel.js'
import { ceilDivide, type OpDefinition, type Tracer, type Value } from './op.js'

const squaredNorm = defineKernel({
  shader: 'optimizer/squared_norm',
  bindings: { gradient: 'read', sums: 'write' },
  parameters: { invocations: 'u32', count: 'u32' },
  flags: {},
  workgroupSize: 64,
})

const clipFactor = defineKernel({
  shader: 'optimizer/clip_factor',
  bindings: { sums: 'read', factor: 'write' },
  parameters: { invocations: 'u32', count: 'u32', maximum: 'f32' },
  flags: {},
  workgroupSize: 64,
})

const adamw = defineKernel({
  shader: 'optimizer/adamw',
  bindings: { weights: 'write', gradient: 'read', first: 'write', second: 'write', factor: 'read', step: 'uniform' },
  parameters: { invocations: 'u32', beta1: 'f32', beta2: 'f32', epsilon: 'f32', decay: 'f32' },
  flags: { CLIP: false },
  workgroupSize: 64,
})

const sgd = defineKernel({
  shader: 'optimizer/sgd',
  bindings: { weights: 'write', gradient: 'read', velocity: 'write', factor: 'read', step: 'uniform' },
  parameters: { invocations: 'u32', momentum: 'f32', decay: 'f32' },
  flags: { CLIP: false, NESTEROV: false },
  workgroupSize: 64,
})

/** Decoupled weight decay (Loshchilov & Hutter 2019). */
export interface AdamwSettings {
  readonly kind: 'adamw'
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  readonly weightDecay: number
}

export interface SgdSettings {
  readonly kind: 'sgd'
  readonly momentum: number
  readonly weightDecay: number
  readonly nesterov: boolean
}

export type OptimizerSettings = AdamwSettings | SgdSettings

interface UpdateAttributes {
  readonly settings: OptimizerSettings
  /** Greatest norm of the whole gradient; null leaves it alone. */
  readonly maxNorm: number | null
}

/** Inputs: weights arena, gradient arena, moments. Outputs: weights, moments. */
const update: OpDefinition<UpdateAttributes> = {
  name: 'optimizerUpdate',
  lower(context, node) {
    const [weights, gradient, first, second] = node.inputs as [Value, Value, Value, Value | undefined]
    const { settings, maxNorm } = node.attributes
    const count = weights.elements
    const gradientView = context.view(gradient)
    let factor = context.unused(3)
    if (maxNorm !== null) {
      const partials = Math.min(4096, count)
      const sums = context.scratch(partials)
      factor = context.scratch(2)
      context.dispatch({
        kernel: squaredNorm,
        views: { gradient: gradientView, sums },
        parameters: { invocations: partials, count },
        invocations: partials,
        cost: { flops: 2 * count },
      })
      context.dispatch({
        kernel: clipFactor,
        views: { sums, factor },
        parameters: { invocations: 1, count: partials, maximum: maxNorm },
        invocations: 1,
        cost: { flops: partials },
      })
    }
    const invocations = ceilDivide(count, 4)
    const views = {
      weights: context.view(weights),
      gradient: gradientView,
      factor,
      step: context.stepUniform('optimizer'),
    }
    const flags = { CLIP: maxNorm !== null }
    if (settings.kind === 'adamw') {
      const { beta1, beta2, epsilon, weightDecay: decay } = settings
      context.dispatch({
        kernel: adamw,
        flags,
        views: { ...views, first: context.view(first), second: context.view(second as Value) },
        parameters: { invocations, beta1, beta2, epsilon, decay },
        invocations,
        // weights and both moments are read and written
        cost: { flops: 16 * count, bytes: 28 * count },
      })
    } else {
      context.dispatch({
        kernel: sgd,
        flags: { ...flags, NESTEROV: settings.nesterov },
        views: { ...views, velocity: context.view(first) },
        parameters: { invocations, momentum: settings.momentum, decay: settings.weightDecay },
        invocations,
        cost: { flops: 6 * count, bytes: 20 * count },
      })
    }
  },
}

/** Updates a weight arena in place; the step's numbers come from the step uniform "optimizer": rate, bias1, bias2. */
export function traceOptimizer(
  tracer: Tracer,
  weights: Value,
  gradient: Value,
  moments: readonly Value[],
  settings: OptimizerSettings,
  maxNorm: number | null,
): void {
  tracer.emit(update, [weights, gradient, ...moments], [weights, ...moments], { settings, maxNorm })
}
