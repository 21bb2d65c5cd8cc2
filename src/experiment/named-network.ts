/** Networks by name, and what is built of a name or a genome. */
import { describeArchitecture } from '../nas/describe.js'
import type { ArchitectureSpec } from '../nas/types.js'
import { averagePool, batchNorm, conv2d, globalAveragePool, type Layer, lif, linear, sequential } from '../nn/index.js'
import type { Model } from '../nn/model.js'
import type { Gpu } from '../runtime/gpu.js'
import { architectureOf, type DataShape, handMadeOfWidth, modelOf, plainModel } from './network.js'
import type { NetworkSettings, TrainingSettings } from './settings.js'

export const networkNames = ['hand-made', 'conv-lif'] as const
export type NetworkName = (typeof networkNames)[number]
export const isNetworkName = (name: string): name is NetworkName => (networkNames as readonly string[]).includes(name)

/** What each is, in a line. */
export const networkTitles: Record<NetworkName, string> = {
  'hand-made': 'five 3x3 convolutions with strides 1 2 2 1 2 and 1 2 4 4 8 times the width channels',
  'conv-lif': 'three 3x3 convolutions with 1 2 4 times the width channels, average pooling after the first two',
}

/**
 * The network of `bench/training-step.ts`: convolutions of 3x3 with `width`, 2·`width` and 4·`width` channels, each with
 * batch norm and LIF (tau 2, arctan surrogate, hard reset without gradient); 2x2 average pooling after the first two,
 * global average pooling, linear.
 */
export function convLif(width: number, classes: number): Layer {
  const block = (channels: number): Layer =>
    sequential(conv2d(channels), batchNorm(), lif({ tau: 2, surrogate: 'arctan', detachReset: true }))
  return sequential(
    block(width),
    averagePool(2),
    block(2 * width),
    averagePool(2),
    block(4 * width),
    globalAveragePool(),
    linear(classes),
  )
}

/** A network by name for data of a shape. @param width channels of the first convolution */
export function namedNetwork(
  gpu: Gpu,
  name: NetworkName,
  width: number,
  shape: DataShape,
  statistics: TrainingSettings['statistics'],
): Model {
  return name === 'hand-made'
    ? handMadeOfWidth(gpu, width, shape, statistics)
    : plainModel(gpu, `conv-lif ${width}`, convLif(width, shape.classes), shape, statistics)
}

/** A network as a user names it. */
export type NetworkChoice = { readonly genome: readonly number[] } | { readonly name: NetworkName }

/** A network that is built, with what there is to say of it. */
export interface BuiltNetwork {
  readonly model: Model
  /** Null for networks by name. */
  readonly spec: ArchitectureSpec | null
  /** Identifies it: a canonical key or a name with its width. */
  readonly key: string
  readonly description: string
  readonly parameters: number
}

/** Builds a network for data of a shape. @throws GenomeError as `decode` */
export function buildNetwork(
  gpu: Gpu,
  choice: NetworkChoice,
  shape: DataShape,
  settings: { readonly network: NetworkSettings; readonly training: Pick<TrainingSettings, 'statistics'> },
): BuiltNetwork {
  const { network, training } = settings
  if ('genome' in choice) {
    const spec = architectureOf(choice.genome, shape, network)
    const model = modelOf(gpu, spec, shape, training.statistics)
    return { model, spec, key: spec.key, description: describeArchitecture(spec), parameters: spec.parameters }
  }
  const { name } = choice
  const model = namedNetwork(gpu, name, network.width, shape, training.statistics)
  let parameters = 0
  for (const { elements } of model.parameters) parameters += elements
  const key = `${name}, width ${network.width}`
  const { height, width, channels } = shape.input
  const description = `${key}: ${networkTitles[name]}; ${shape.timeSteps} steps of ${height}x${width}x${channels}, ${parameters} parameters`
  return { model, spec: null, key, description, parameters }
}
