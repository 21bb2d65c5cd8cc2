/** A model's weights, running averages and optimiser state as one safetensors file. */
import { CheckpointError } from '../errors.js'
import type { Model } from '../nn/model.js'
import type { ParameterTable } from '../nn/parameters.js'
import type { NamedTensor, TensorFile } from './safetensors.js'

/** Where a training stands, besides tensors. */
export interface TrainingPosition {
  readonly step: number
  readonly epoch: number
  /** Batches of this epoch already used. */
  readonly batch: number
}

const formatVersion = '1'

function* split(table: ParameterTable, arena: Float32Array, prefix: string): Generator<[string, NamedTensor]> {
  for (const entry of table)
    yield [
      `${prefix}${entry.path}`,
      { shape: entry.shape, data: arena.slice(entry.offset, entry.offset + entry.elements) },
    ]
}

/** Names of the optimiser's moments; none before a training program exists. */
const optimizerArenas = (model: Model): string[] =>
  model.memory.arenaNames.filter((arena) => !['weights', 'states', 'gradient'].includes(arena)).sort()

/** Everything needed to evaluate or continue: `weights.*`, `states.*`, and `optimizer.*.*` while training. */
export async function captureModel(
  model: Model,
  metadata: Readonly<Record<string, string>>,
  withOptimizer: boolean,
): Promise<TensorFile> {
  const tensors = new Map<string, NamedTensor>()
  const add = (entries: Iterable<[string, NamedTensor]>) => {
    for (const [name, tensor] of entries) tensors.set(name, tensor)
  }
  add(split(model.parameters, await model.memory.read('weights'), 'weights.'))
  if (model.states.count > 0) add(split(model.states, await model.memory.read('states'), 'states.'))
  if (withOptimizer) {
    for (const name of optimizerArenas(model)) {
      add(split(model.parameters, await model.memory.read(name), `optimizer.${name}.`))
    }
  }
  return { tensors, metadata: { ...metadata, format: formatVersion, architecture: model.description.architecture } }
}

function join(table: ParameterTable, file: TensorFile, prefix: string, where: string): Float32Array {
  const arena = new Float32Array(table.arenaElements)
  for (const entry of table) {
    const tensor = file.tensors.get(`${prefix}${entry.path}`)
    if (!tensor)
      throw new CheckpointError(
        where,
        `must hold ${prefix}${entry.path} and does not.`,
        'It belongs to another architecture.',
      )
    if (tensor.shape.join() !== entry.shape.join() || tensor.data.length !== entry.elements) {
      throw new CheckpointError(
        where,
        `${prefix}${entry.path} must be [${entry.shape}]; got [${tensor.shape}] with ${tensor.data.length} numbers.`,
        'It belongs to another architecture.',
      )
    }
    arena.set(tensor.data, entry.offset)
  }
  return arena
}

/**
 * Puts a checkpoint into a model. Everything is checked before anything is changed.
 * @throws CheckpointError when it is of another architecture, lacks a tensor, or has one too many
 */
export function restoreModel(model: Model, file: TensorFile, where: string, withOptimizer: boolean): void {
  const { architecture } = file.metadata
  if (architecture !== model.description.architecture) {
    throw new CheckpointError(
      where,
      `is of the architecture "${architecture ?? 'unknown'}"; this network is "${model.description.architecture}".`,
      'Use the genome and settings it was trained with.',
    )
  }
  const weights = join(model.parameters, file, 'weights.', where)
  const states = model.states.count > 0 ? join(model.states, file, 'states.', where) : null
  const moments = new Map<string, Float32Array>()
  if (withOptimizer) {
    const names = new Set([...file.tensors.keys()].flatMap((name) => /^optimizer\.([^.]+)\./.exec(name)?.[1] ?? []))
    if (names.size === 0)
      throw new CheckpointError(
        where,
        'must hold optimiser state to continue a training and holds none.',
        'Use the run folder’s training checkpoint.',
      )
    const expected = optimizerArenas(model)
    const reserved = [...names].some((name) => ['weights', 'states', 'gradient'].includes(name))
    if (reserved || (expected.length > 0 && [...names].sort().join() !== expected.join()))
      throw new CheckpointError(
        where,
        `must hold the optimiser state ${expected.join(', ')}; it holds ${[...names].sort().join(', ')}.`,
        'Go on with the optimiser it was trained with.',
      )
    for (const name of names) moments.set(name, join(model.parameters, file, `optimizer.${name}.`, where))
  }
  for (const name of file.tensors.keys()) {
    const [kind = '', ...rest] = name.split('.')
    const path = kind === 'optimizer' ? rest.slice(1).join('.') : rest.join('.')
    const table = kind === 'states' ? model.states : model.parameters
    if (!['weights', 'states', 'optimizer'].includes(kind) || !table.get(path))
      throw new CheckpointError(
        where,
        `holds ${name}, which this network does not have.`,
        'It belongs to another architecture.',
      )
  }
  model.memory.write('weights', weights)
  if (states) model.memory.write('states', states)
  for (const [name, values] of moments) model.memory.write(name, values)
}
