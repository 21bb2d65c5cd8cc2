import { afterAll, describe, expect, it } from 'vitest'
import { CheckpointError } from '../../src/errors.js'
import { captureModel, restoreModel } from '../../src/learning/checkpoint.js'
import {
  decodeSafetensors,
  encodeSafetensors,
  type NamedTensor,
  type TensorFile,
} from '../../src/learning/safetensors.js'
import { train } from '../../src/learning/trainer.js'
import type { Model } from '../../src/nn/model.js'
import { digits, digitsModel, MemoryStore, trainingOptions } from '../support/digits-network.js'

const models: Model[] = []
afterAll(() => {
  for (const model of models) model.release()
})

async function fresh(...options: Parameters<typeof digitsModel>): Promise<Model> {
  const model = await digitsModel(...options)
  models.push(model)
  return model
}

/** A model after a few steps of training, and its training checkpoint. */
async function trained(): Promise<{ model: Model; file: TensorFile }> {
  const dataset = await digits()
  const model = await fresh()
  const store = new MemoryStore()
  await train(model, dataset, trainingOptions(dataset, { maxSamples: 60 }), { checkpoint: store })
  return { model, file: decodeSafetensors(store.last ?? new Uint8Array(), 'trained') }
}

/** All memories of a model that a checkpoint could change. */
const memoriesOf = async (model: Model) => {
  const entries: [string, Float32Array][] = []
  for (const name of model.memory.arenaNames) entries.push([name, await model.memory.read(name)])
  return Object.fromEntries(entries)
}

const withTensors = (file: TensorFile, change: (tensors: Map<string, NamedTensor>) => void): TensorFile => {
  const tensors = new Map(file.tensors)
  change(tensors)
  return { ...file, tensors }
}

describe('checkpoints', () => {
  it('carry weights, running averages and optimiser state to another model of the architecture', async () => {
    const { model, file } = await trained()
    const other = await fresh()
    // before a training program exists, the model has no optimiser state of its own
    restoreModel(other, decodeSafetensors(encodeSafetensors(file), 'copy'), 'copy', true)
    for (const name of ['weights', 'states', 'first', 'second']) {
      expect(await other.memory.read(name), name).toEqual(await model.memory.read(name))
    }
    expect((await model.memory.read('first')).some((value) => value !== 0)).toBe(true)
    expect((await model.memory.read('states')).some((value) => value !== 0 && value !== 1)).toBe(true)
    const again = await captureModel(other, file.metadata, true)
    expect(encodeSafetensors(again)).toEqual(encodeSafetensors(file))
  })

  it('without optimiser state are enough to evaluate and not to go on', async () => {
    const { model } = await trained()
    const small = await captureModel(model, {}, false)
    expect([...small.tensors.keys()].some((name) => name.startsWith('optimizer.'))).toBe(false)
    const other = await fresh()
    restoreModel(other, small, 'small', false)
    expect(await other.memory.read('weights')).toEqual(await model.memory.read('weights'))
    expect(() => restoreModel(other, small, 'small', true)).toThrow(/must hold optimiser state/)
  })

  const shortened: NamedTensor = { shape: [4], data: new Float32Array(3) }
  it.each<[string, (file: TensorFile) => TensorFile, RegExp]>([
    [
      'another architecture',
      (file) => ({ ...file, metadata: { ...file.metadata, architecture: 'other' } }),
      /is of the architecture "other"; this network is "digits 4 8"/,
    ],
    ['no architecture', (file) => ({ ...file, metadata: {} }), /architecture "unknown"/],
    [
      'a missing weight',
      (file) => withTensors(file, (tensors) => tensors.delete('weights.7.bias')),
      /must hold weights\.7\.bias and does not/,
    ],
    [
      'a missing moment',
      (file) => withTensors(file, (tensors) => tensors.delete('optimizer.second.4.gamma')),
      /must hold optimizer\.second\.4\.gamma/,
    ],
    [
      'another shape',
      (file) =>
        withTensors(file, (tensors) => tensors.set('states.1.running', { shape: [2, 5], data: new Float32Array(10) })),
      /states\.1\.running must be \[2,4\]; got \[2,5\]/,
    ],
    [
      'fewer numbers than its shape says',
      (file) => withTensors(file, (tensors) => tensors.set('weights.1.gamma', shortened)),
      /weights\.1\.gamma must be \[4\]; got \[4\] with 3 numbers/,
    ],
    [
      'a tensor too many',
      (file) =>
        withTensors(file, (tensors) => tensors.set('weights.9.weight', { shape: [1], data: new Float32Array(1) })),
      /holds weights\.9\.weight, which this network does not have/,
    ],
    [
      'the state of another optimiser',
      (file) =>
        withTensors(file, (tensors) => {
          for (const [name, tensor] of file.tensors) {
            if (!name.startsWith('optimizer.')) continue
            tensors.delete(name)
            if (name.startsWith('optimizer.first.')) tensors.set(name.replace('.first.', '.velocity.'), tensor)
          }
        }),
      /must hold the optimiser state first, second; it holds velocity/,
    ],
    [
      'optimiser state that would land in the weights',
      (file) =>
        withTensors(file, (tensors) => {
          for (const [name, tensor] of file.tensors) {
            if (name.startsWith('optimizer.first.')) tensors.set(name.replace('.first.', '.weights.'), tensor)
          }
        }),
      /must hold the optimiser state first, second; it holds first, second, weights/,
    ],
  ])('with %s are refused before anything changes', async (_title, change, message) => {
    const { file } = await trained()
    const { model } = await trained()
    await model.memory.initialize([9, 9])
    const before = await memoriesOf(model)
    const wrong = change(file)
    expect(() => restoreModel(model, wrong, 'wrong.safetensors', true)).toThrow(CheckpointError)
    expect(() => restoreModel(model, wrong, 'wrong.safetensors', true)).toThrow(message)
    expect(await memoriesOf(model)).toEqual(before)
  })

  it.each<[string, Record<string, string>, RegExp]>([
    ['of another seed', { seed: '99' }, /training with seed 99; this one has 5/],
    ['of another batch size', { batchSize: '7' }, /training with 7 samples a step; this one has \d+/],
    ['without a position', { position: '' }, /must say where its training stands/],
    ['with a broken position', { position: '{"step":' }, /must say where its training stands/],
    ['with a negative step', { position: '{"step":-1}' }, /must say where its training stands/],
    ['with broken curves', { curves: '{}' }, /must say where its training stands/],
    ['of another architecture', { architecture: 'other' }, /is of the architecture "other"/],
  ])('%s do not go on', async (_title, changes, message) => {
    const { file } = await trained()
    const dataset = await digits()
    const model = await fresh()
    const before = await model.memory.read('weights')
    const checkpoint = {
      load: async () => ({ ...file, metadata: { ...file.metadata, ...changes } }),
      save: async () => undefined,
    }
    const going = train(model, dataset, trainingOptions(dataset, { maxSamples: 60 }), { checkpoint })
    await expect(going).rejects.toThrow(message)
    expect(await model.memory.read('weights')).toEqual(before)
  })
})
