/** Tables of scales and shifts for a batch norm, made from a gamma and a beta a channel (sheet 16, section 3.2). */
import { ShapeError } from '../errors.js'
import { defineKernel } from '../runtime/kernel.js'
import type { AdjointContext, OpDefinition, OpNode, Tracer, Value } from './op.js'

const affineTable = defineKernel({
  shader: 'normalization/affine_table',
  bindings: { gamma: 'read', beta: 'read', weight: 'read', scale: 'write', shift: 'write' },
  parameters: { invocations: 'u32', channels: 'u32', factor: 'f32' },
  flags: { STEPS: false },
  workgroupSize: 64,
})

const affineChannels = defineKernel({
  shader: 'normalization/affine_channels',
  bindings: { dscale: 'read', dshift: 'read', weight: 'read', dgamma: 'write', dbeta: 'write' },
  parameters: { invocations: 'u32', steps: 'u32', factor: 'f32' },
  flags: { STEPS: false, ACCUMULATE: false },
  workgroupSize: 64,
})

const affineSteps = defineKernel({
  shader: 'normalization/affine_steps',
  bindings: { dscale: 'read', dshift: 'read', gamma: 'read', beta: 'read', dweight: 'write' },
  parameters: { invocations: 'u32', channels: 'u32', factor: 'f32' },
  flags: { ACCUMULATE: false },
  workgroupSize: 64,
})

interface AffineAttributes {
  readonly factor: number
}

/** Inputs: gamma, beta, (weight of each step). Outputs: scale, shift. */
const affineOp: OpDefinition<AffineAttributes> = {
  name: 'affineTable',
  lower(context, node) {
    const [gamma, beta, weight] = node.inputs as [Value, Value, Value | undefined]
    const [scale, shift] = node.outputs as [Value, Value]
    context.dispatch({
      kernel: affineTable,
      flags: { STEPS: weight !== undefined },
      views: {
        gamma: context.view(gamma),
        beta: context.view(beta),
        weight: weight ? context.view(weight) : context.unused(2),
        scale: context.view(scale),
        shift: context.view(shift),
      },
      parameters: { invocations: scale.elements, channels: gamma.elements, factor: node.attributes.factor },
      invocations: scale.elements,
      cost: { flops: 3 * scale.elements },
    })
  },
  adjoint(context, node) {
    const [gamma, beta, weight] = node.inputs as [Value, Value, Value | undefined]
    const [dscale, dshift] = node.outputs.map((output) => context.gradientOf(output))
    if (!dscale || !dshift) return
    context.contributeParameter(gamma, (dgamma, accumulate) => {
      context.contributeParameter(beta, (dbeta) => {
        const inputs = [dscale, dshift, ...(weight ? [weight] : [])]
        context.emit(affineChannelsOp, inputs, [dgamma, dbeta], { ...node.attributes, accumulate })
      })
    })
    if (weight) contributeSteps(context, node, dscale, dshift, weight)
  },
}

function contributeSteps(
  context: AdjointContext,
  node: OpNode<AffineAttributes>,
  dscale: Value,
  dshift: Value,
  weight: Value,
): void {
  const [gamma, beta] = node.inputs as [Value, Value]
  context.contributeParameter(weight, (dweight, accumulate) => {
    context.emit(affineStepsOp, [dscale, dshift, gamma, beta], [dweight], { ...node.attributes, accumulate })
  })
}

/** Inputs: dscale, dshift, (weight). Outputs: dgamma, dbeta. */
const affineChannelsOp: OpDefinition<AffineAttributes & { readonly accumulate: boolean }> = {
  name: 'affineChannelGradient',
  lower(context, node) {
    const [dscale, dshift, weight] = node.inputs as [Value, Value, Value | undefined]
    const [dgamma, dbeta] = node.outputs as [Value, Value]
    const { factor, accumulate } = node.attributes
    const steps = weight?.elements ?? 1
    context.dispatch({
      kernel: affineChannels,
      flags: { STEPS: weight !== undefined, ACCUMULATE: accumulate },
      views: {
        dscale: context.view(dscale),
        dshift: context.view(dshift),
        weight: weight ? context.view(weight) : context.unused(2),
        dgamma: context.view(dgamma),
        dbeta: context.view(dbeta),
      },
      parameters: { invocations: dgamma.elements, steps, factor },
      invocations: dgamma.elements,
      cost: { flops: 4 * steps * dgamma.elements },
    })
  },
}

/** Inputs: dscale, dshift, gamma, beta. Output: the gradient of the steps' weights. */
const affineStepsOp: OpDefinition<AffineAttributes & { readonly accumulate: boolean }> = {
  name: 'affineStepGradient',
  lower(context, node) {
    const [dscale, dshift, gamma, beta] = node.inputs as [Value, Value, Value, Value]
    const dweight = node.outputs[0] as Value
    context.dispatch({
      kernel: affineSteps,
      flags: { ACCUMULATE: node.attributes.accumulate },
      views: {
        dscale: context.view(dscale),
        dshift: context.view(dshift),
        gamma: context.view(gamma),
        beta: context.view(beta),
        dweight: context.view(dweight),
      },
      parameters: {
        invocations: dweight.elements,
        channels: gamma.elements,
        factor: node.attributes.factor,
      },
      invocations: dweight.elements,
      cost: { flops: 5 * dscale.elements },
    })
  },
}

/**
 * scale[t, c] = factor · weight[t] · gamma[c] and shift[t, c] = weight[t] · beta[c], as `traceBatchNorm` takes them.
 * @param gamma `[C]` @param beta `[C]` @param weight `[T]`, or null for one row
 * @throws ShapeError when gamma and beta differ in size
 */
export function traceAffineTable(
  tracer: Tracer,
  gamma: Value,
  beta: Value,
  options: { readonly weight?: Value; readonly factor?: number },
): { scale: Value; shift: Value } {
  if (gamma.elements !== beta.elements)
    throw new ShapeError(
      'affineTable',
      `gamma and beta must be of one size; got ${gamma.elements} and ${beta.elements}.`,
    )
  const { weight, factor = 1 } = options
  const elements = gamma.elements * (weight?.elements ?? 1)
  const scale = tracer.raw('f32', elements, 'scales')
  const shift = tracer.raw('f32', elements, 'shifts')
  tracer.emit(affineOp, [gamma, beta, ...(weight ? [weight] : [])], [scale, shift], { factor })
  return { scale, shift }
}
