/** Models for the networks of an experiment: a decoded genome, or the hand-made network it is compared with. */
import type { BatchLayout } from '../datasets/batches.js'
import { contentOf, sampleSize, timeStepsOf } from '../datasets/splits.js'
import type { Dataset } from '../datasets/types.js'
import { OptionError } from '../errors.js'
import { decode } from '../nas/decode.js'
import { circuitChanges } from '../nas/describe.js'
import { droppableEdges, traceArchitecture } from '../nas/network.js'
import type { ArchitectureSpec, SearchSpace } from '../nas/types.js'
import { batchNorm, conv2d, globalAveragePool, type Layer, lif, linear, sequential } from '../nn/index.js'
import { type InputSpec, Model, type ModelDescription } from '../nn/model.js'
import { mseNasLif } from '../ops/lif.js'
import type { Gpu } from '../runtime/gpu.js'
import type { NetworkSettings, TrainingSettings } from './settings.js'

/** Everything about data that shapes a network. */
export interface DataShape {
  readonly input: InputSpec
  readonly classes: number
  readonly layout: BatchLayout
  readonly timeSteps: number
}

/** Sides are powers of two from 16, since three reductions halve them: 8 -> 16, 28 -> 32, 34 -> 64. */
export function networkSide(side: number, wanted?: number): number {
  const padded = wanted ?? Math.max(16, 2 ** Math.ceil(Math.log2(side)))
  if (padded < side) throw new OptionError('side', `must be at least the samples' ${side}; got ${padded}.`)
  return padded
}

/**
 * What a network for a data set looks like from outside.
 * @param ownSide keep the samples' side, for networks that do not halve it again and again as those of a search do
 */
export function dataShape(dataset: Dataset, settings: NetworkSettings, ownSide = false): DataShape {
  const { train } = dataset
  if (sampleSize(train) === 0) throw new OptionError('dataset', `${dataset.name} has empty samples.`)
  // samples that are not square are centred in a square
  const longer = Math.max(train.height, train.width)
  const side = networkSide(longer, settings.side ?? (ownSide ? longer : undefined))
  const event = contentOf(train) === 'event'
  return {
    input: { height: side, width: side, channels: train.channels, perStep: event },
    classes: dataset.classes.length,
    layout: { mean: dataset.mean, deviation: dataset.deviation, padTo: side },
    timeSteps: event ? timeStepsOf(train) : settings.timeSteps,
  }
}

export const searchSpaceOf = (shape: DataShape, settings: NetworkSettings): SearchSpace => ({
  semantics: settings.semantics,
  cells: settings.cells,
  width: settings.width,
  side: shape.input.height,
  inputChannels: shape.input.channels,
  classes: shape.classes,
  event: shape.input.perStep,
  residualForInhibitory: settings.residualForInhibitory,
  signedMotifs: settings.signedMotifs,
})

export const architectureOf = (
  genome: readonly number[],
  shape: DataShape,
  settings: NetworkSettings,
): ArchitectureSpec =>
  decode(genome, searchSpaceOf(shape, settings), {
    ...(settings.motifs ? { motifs: settings.motifs } : {}),
    ...(settings.cellTypes ? { cellTypes: settings.cellTypes } : {}),
  })

const describe = (
  shape: DataShape,
  layer: Layer,
  architecture: string,
  statistics: TrainingSettings['statistics'],
  edges: number,
): ModelDescription => ({
  layer,
  input: shape.input,
  classes: shape.classes,
  timeSteps: shape.timeSteps,
  statistics,
  architecture,
  droppableEdges: edges,
})

/** Name of an architecture in checkpoints: everything that decides its tensors and what they mean. */
export function architectureName(spec: ArchitectureSpec, timeSteps: number, statistics: string): string {
  const { semantics, width, side, inputChannels, classes, cells } = spec.space
  return `mse-nas ${spec.key} ${semantics}${circuitChanges(spec.space)} L${cells} C${width} ${side}x${side}x${inputChannels} K${classes} T${timeSteps} ${statistics}`
}

export function modelOf(
  gpu: Gpu,
  spec: ArchitectureSpec,
  shape: DataShape,
  statistics: TrainingSettings['statistics'],
): Model {
  const layer: Layer = (scope, x) => traceArchitecture(scope, spec, x, { skipSilent: false }).logits
  return new Model(
    gpu,
    describe(shape, layer, architectureName(spec, shape.timeSteps, statistics), statistics, droppableEdges(spec)),
  )
}

/** Channels of the hand-made network's five convolutions for a base width. */
const handMadeWidths = (width: number): readonly number[] => [width, 2 * width, 4 * width, 4 * width, 8 * width]
const handMadeStrides = [1, 2, 2, 1, 2] as const

export function handMadeParameters(width: number, inputs: number, classes: number): number {
  let channels = inputs
  let sum = 0
  for (const next of handMadeWidths(width)) {
    sum += 9 * channels * next + 2 * next
    channels = next
  }
  return sum + channels * classes + classes
}

/** The width at which the hand-made network comes closest to a number of parameters; a multiple of 4, at least 4. */
export function handMadeWidth(parameters: number, inputs: number, classes: number): number {
  let best = 4
  for (let width = 4; width <= 512; width += 4) {
    const gap = Math.abs(handMadeParameters(width, inputs, classes) - parameters)
    if (gap < Math.abs(handMadeParameters(best, inputs, classes) - parameters)) best = width
  }
  return best
}

/** A plain convolutional SNN with about as many parameters: five 3x3 convolutions with batch norm and LIF, then a read-out. */
export function handMadeModel(
  gpu: Gpu,
  parameters: number,
  shape: DataShape,
  statistics: TrainingSettings['statistics'],
): Model {
  return handMadeOfWidth(gpu, handMadeWidth(parameters, shape.input.channels, shape.classes), shape, statistics)
}

/** The hand-made network with so many channels in its first convolution. */
export function handMadeOfWidth(
  gpu: Gpu,
  width: number,
  shape: DataShape,
  statistics: TrainingSettings['statistics'],
): Model {
  const blocks = handMadeWidths(width).flatMap((channels, index) => [
    conv2d(channels, { stride: handMadeStrides[index] ?? 1 }),
    batchNorm(),
    lif(mseNasLif),
  ])
  const layer = sequential(...blocks, globalAveragePool(), linear(shape.classes))
  return plainModel(gpu, `hand-made ${width}`, layer, shape, statistics)
}

/** A model of a layer that reads samples of a shape; its name in checkpoints says everything that decides its tensors. */
export function plainModel(
  gpu: Gpu,
  name: string,
  layer: Layer,
  shape: DataShape,
  statistics: TrainingSettings['statistics'],
): Model {
  const { height, width, channels } = shape.input
  const architecture = `${name} ${height}x${width}x${channels} K${shape.classes} T${shape.timeSteps} ${statistics}`
  return new Model(gpu, describe(shape, layer, architecture, statistics, 0))
}
