/** Softmax cross-entropy with label smoothing; loss, gradient and hit in one kernel. */
import { OptionError, ShapeError } from '../errors.js'
import { defineKernel } from '../runtime/kernel.js'
import { type OpDefinition, shapeOf, type Tracer, type Value } from './op.js'

const crossEntropyKernel = defineKernel({
  shader: 'loss/cross_entropy',
  bindings: { logits: 'read', labels: 'read', targets: 'read', samples: 'write', gradient: 'write' },
  parameters: { invocations: 'u32', classes: 'u32', smoothing: 'f32', scale: 'f32' },
  flags: { SOFT: false },
  workgroupSize: 64,
})

const accumulateKernel = defineKernel({
  shader: 'loss/accumulate',
  bindings: { samples: 'read', metrics: 'write' },
  parameters: { invocations: 'u32', batch: 'u32' },
  flags: {},
  workgroupSize: 64,
})

interface LossAttributes {
  readonly smoothing: number
}

const crossEntropy: OpDefinition<LossAttributes> = {
  name: 'crossEntropy',
  lower(context, node) {
    const [logits, labels, targets] = node.inputs as [Value, Value, Value | undefined]
    const [samples, gradient, metrics] = node.outputs as [Value, Value, Value]
    const { batch, channels } = shapeOf(logits)
    context.dispatch({
      kernel: crossEntropyKernel,
      flags: { SOFT: targets !== undefined },
      views: {
        logits: context.view(logits),
        labels: context.view(labels),
        targets: targets ? context.view(targets) : context.unused(0),
        samples: context.view(samples),
        gradient: context.view(gradient),
      },
      parameters: { invocations: batch, classes: channels, smoothing: node.attributes.smoothing, scale: 1 / batch },
      invocations: batch,
      // greatest logit, exponentials and their sum twice over, and the gradient
      cost: { flops: 10 * batch * channels },
    })
    context.dispatch({
      kernel: accumulateKernel,
      views: { samples: context.view(samples), metrics: context.view(metrics) },
      parameters: { invocations: 1, batch },
      invocations: 1,
      cost: { flops: 2 * batch, touched: { metrics: 32 } },
    })
  },
  adjoint(context, node) {
    context.share(node.inputs[0] as Value, node.outputs[1] as Value)
  },
}

/**
 * Mean cross-entropy over the batch.
 * @param logits `[1, B, K, 1, 1]`
 * @param labels u32 `[B]`, each below K
 * @param targets f32 `[B, K]` soft labels whose rows add up to 1, instead of labels; these still say what is a hit
 * @param metrics f32 `[4]` that running sums are added to: loss, correct, samples; and the last batch's mean loss
 * @returns per-sample `[B, 2]` loss and hit, and the gradient of the mean loss by the logits
 */
export function traceCrossEntropy(
  tracer: Tracer,
  logits: Value,
  labels: Value,
  metrics: Value,
  smoothing = 0,
  targets: Value | null = null,
): { samples: Value; gradient: Value } {
  const shape = shapeOf(logits)
  if (shape.steps !== 1 || shape.height !== 1 || shape.width !== 1)
    throw new ShapeError('crossEntropy', 'logits must be [1, B, K, 1, 1].', 'Take the mean over time first.')
  if (!(smoothing >= 0 && smoothing < 1))
    throw new OptionError('labelSmoothing', `must be at least 0 and below 1; got ${smoothing}.`)
  const samples = tracer.raw('f32', shape.batch * 2, 'sample losses', {
    storage: { kind: 'slot', name: 'sampleLosses' },
  })
  const gradient = tracer.activation('f32', shape, 'd logits')
  if (targets && targets.elements !== shape.batch * shape.channels)
    throw new ShapeError('crossEntropy', `targets must be [B, K], ${shape.batch * shape.channels} numbers.`)
  tracer.emit(crossEntropy, targets ? [logits, labels, targets] : [logits, labels], [samples, gradient, metrics], {
    smoothing,
  })
  return { samples, gradient }
}
