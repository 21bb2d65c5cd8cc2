/** Encoders of change: step-to-step differences, and send-on-delta. */
import { OptionError } from '../errors.js'
import { deltaKernel } from './encode-kernels.js'
import { faultSlot, neuronsOf, type OpDefinition, shapeOf, type Tracer, type Value, wordsOf } from './op.js'

export interface DeltaOptions {
  /** Change that makes a spike, above 0; default 0.1. */
  readonly theta?: number
  /** The value before the first step is the first value; default false: 0. */
  readonly padding?: boolean
  /** Also -1 where the input falls: the output is then real-valued; default false. */
  readonly offSpikes?: boolean
}

interface DeltaAttributes extends Required<DeltaOptions> {
  readonly follow: boolean
}

const delta: OpDefinition<DeltaAttributes> = {
  name: 'deltaEncode',
  lower(context, node) {
    const [x] = node.inputs as [Value]
    const [y, references, faults] = node.outputs as [Value, Value, Value]
    const shape = shapeOf(y)
    const { follow, offSpikes, padding, theta } = node.attributes
    const words = wordsOf(shape)
    context.slabs.forEach((slab, index) => {
      const [loads, stores] = [index > 0, index < context.slabs.length - 1]
      const before = { ...slab, index: slab.index - 1 }
      context.dispatch({
        kernel: deltaKernel,
        flags: { FOLLOW: follow, SIGNED: offSpikes, LOAD_STATE: loads, STORE_STATE: stores },
        views: {
          x: context.view(x, slab),
          start: loads ? context.view(references, before) : context.unused(0),
          y: context.view(y, slab),
          finish: stores ? context.view(references, slab) : context.unused(1),
          faults: context.view(faults),
        },
        parameters: {
          invocations: shape.batch * words,
          steps: slab.steps,
          batch: shape.batch,
          neurons: neuronsOf(shape),
          words,
          padding: Number(padding),
          theta,
        },
        invocations: shape.batch * words,
        cost: { flops: 5 * slab.steps * shape.batch * neuronsOf(shape) },
      })
    })
  },
}

function trace(tracer: Tracer, x: Value, attributes: DeltaAttributes, label: string): Value {
  const { theta, offSpikes } = attributes
  if (!(theta > 0 && Number.isFinite(theta)))
    throw new OptionError(`${label}.theta`, `must be a positive number; got ${theta}.`)
  const shape = shapeOf(x)
  const y = tracer.activation(offSpikes ? 'f32' : 'spikes', shape, label)
  const references = tracer.raw('f32', shape.batch * neuronsOf(shape), `${label} references`, { perSlab: true })
  tracer.emit(delta, [x], [y, references, faultSlot(tracer, label)], attributes)
  return y
}

/**
 * A spike where the input has risen by theta since the step before.
 * @param x `[T, B, C, H, W]`
 * @returns spikes `[T, B, C, H, W]`, or with `offSpikes` values -1, 0, 1
 * @throws OptionError unless theta is above 0
 */
export function traceDeltaEncode(tracer: Tracer, x: Value, options: DeltaOptions = {}, label = 'delta'): Value {
  const { theta = 0.1, padding = false, offSpikes = false } = options
  return trace(tracer, x, { theta, padding, offSpikes, follow: false }, label)
}

/**
 * Send-on-delta (step forward): a reference, at first the first value, moves by theta towards the input with each spike,
 * at most once a step; the sum of the spikes times theta follows the input.
 *
 * @param x `[T, B, C, H, W]`
 * @returns values -1, 0, 1 `[T, B, C, H, W]`
 * @throws OptionError unless theta is above 0
 */
export const traceSendOnDelta = (tracer: Tracer, x: Value, theta = 0.1, label = 'send-on-delta'): Value =>
  trace(tracer, x, { theta, padding: true, offSpikes: true, follow: true }, label)
