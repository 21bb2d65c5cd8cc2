/** GPU memory of one model, shared by its programs: weights, gradients, running averages, optimiser moments. */
import { CheckpointError, LimitError } from '../errors.js'
import type { ExternalMemory } from '../graph/plan.js'
import type { Value } from '../ops/op.js'
import { uniformKernel } from '../ops/random.js'
import { mebibytes } from '../runtime/buffer-pool.js'
import type { Gpu } from '../runtime/gpu.js'
import { type BufferHolder, type BufferView, gridFor, packParameters } from '../runtime/kernel.js'
import { deriveSeed, hashText, philoxFill, RandomStream, type Seed, toUnit } from '../runtime/philox.js'
import type { ParameterTable } from './parameters.js'

interface Arena {
  readonly holder: BufferHolder
  readonly elements: number
}

export class ModelMemory implements ExternalMemory {
  private readonly gpu: Gpu
  private readonly parameters: ParameterTable
  private readonly states: ParameterTable
  private readonly arenas = new Map<string, Arena>()

  /** @param parameters trained weights @param states persistent state such as running averages */
  constructor(gpu: Gpu, parameters: ParameterTable, states: ParameterTable) {
    this.gpu = gpu
    this.parameters = parameters
    this.states = states
  }

  /** An arena by name, made on first use; `weights`, `gradient`, `states`, or an optimiser's moments. */
  arena(name: string): Arena {
    const known = this.arenas.get(name)
    if (known) return known
    const elements = name === 'states' ? this.states.arenaElements : this.parameters.arenaElements
    const bytes = elements * 4
    if (bytes > this.gpu.maxBinding) {
      throw new LimitError(
        'parameters',
        `need ${mebibytes(bytes)} in one binding, the device allows ${mebibytes(this.gpu.maxBinding)}.`,
        'Use a narrower network.',
      )
    }
    const arena = { holder: { buffer: this.gpu.buffers.acquire(bytes, name) }, elements }
    this.arenas.set(name, arena)
    // buffers come from a pool with old contents: start from zero
    const encoder = this.gpu.device.createCommandEncoder()
    encoder.clearBuffer(arena.holder.buffer)
    this.gpu.submitter.submit(encoder)
    return arena
  }

  view(value: Value): BufferView {
    const { storage } = value
    if (storage.kind === 'state' && storage.name.startsWith('arena:')) {
      const arena = this.arena(storage.name.slice(6))
      return { holder: arena.holder, offset: 0, size: arena.elements * 4 }
    }
    const [table, arenaName] =
      storage.kind === 'parameter'
        ? [this.parameters, 'weights']
        : storage.kind === 'gradient'
          ? [this.parameters, 'gradient']
          : storage.kind === 'state'
            ? [this.states, 'states']
            : [null, '']
    const entry = table && 'name' in storage ? table.get(storage.name) : undefined
    if (!entry) throw new Error(`${value.label} is not part of this model`)
    return { holder: this.arena(arenaName).holder, offset: entry.offset * 4, size: entry.elements * 4 }
  }

  /** Fills the weights from (seed, path) on the GPU and resets the states; the same bits on every adapter. */
  async initialize(seed: Seed): Promise<void> {
    const weights = this.arena('weights')
    const draws = new Set<number>()
    const encoder = this.gpu.device.createCommandEncoder()
    encoder.clearBuffer(weights.holder.buffer as GPUBuffer)
    this.gpu.submitter.submit(encoder)
    const { pipeline, layout } = await this.gpu.pipelines.get(uniformKernel, {})
    const uniformEntries = [...this.parameters].filter((entry) => entry.initializer.kind === 'uniform')
    const block = this.gpu.device.createBuffer({
      size: Math.max(1, uniformEntries.length) * 256,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    })
    const commands = this.gpu.device.createCommandEncoder()
    const pass = commands.beginComputePass()
    pass.setPipeline(pipeline)
    uniformEntries.forEach((entry, index) => {
      if (entry.initializer.kind !== 'uniform') return
      const draw = hashText(entry.path)
      if (draws.has(draw)) throw new Error(`two parameters hash alike: ${entry.path}`)
      draws.add(draw)
      const invocations = Math.ceil(entry.elements / 4)
      const bytes = packParameters(uniformKernel, {
        invocations,
        count: entry.elements,
        seedLow: seed[0],
        seedHigh: seed[1],
        stream: RandomStream.parameter,
        draw,
        bound: entry.initializer.bound,
        rounds: 10,
      })
      this.gpu.device.queue.writeBuffer(block, index * 256, bytes)
      pass.setBindGroup(
        0,
        this.gpu.device.createBindGroup({
          layout,
          entries: [
            {
              binding: 0,
              resource: {
                buffer: weights.holder.buffer as GPUBuffer,
                offset: entry.offset * 4,
                size: entry.elements * 4,
              },
            },
            { binding: 1, resource: { buffer: block, offset: index * 256, size: bytes.byteLength } },
          ],
        }),
      )
      pass.dispatchWorkgroups(...gridFor(invocations, 64))
    })
    pass.end()
    this.gpu.submitter.submit(commands)
    this.writeConstants(this.parameters, weights, seed)
    if (this.states.count > 0) this.writeConstants(this.states, this.arena('states'), seed)
    for (const [name, arena] of this.arenas) {
      if (name === 'weights' || name === 'states') continue
      const clear = this.gpu.device.createCommandEncoder()
      clear.clearBuffer(arena.holder.buffer as GPUBuffer)
      this.gpu.submitter.submit(clear)
    }
    await this.gpu.submitter.wait('initialize')
    block.destroy()
  }

  private writeConstants(table: ParameterTable, arena: Arena, seed: Seed): void {
    for (const entry of table) {
      const { initializer } = entry
      if (initializer.kind === 'uniform') continue
      const values = new Float32Array(entry.elements)
      if (initializer.kind === 'constant') values.fill(initializer.value)
      else {
        const row = entry.elements / initializer.values.length
        for (const [index, value] of initializer.values.entries()) values.fill(value, index * row, (index + 1) * row)
        const { spreads = [] } = initializer
        if (spreads.some((spread) => spread > 0)) {
          const words = philoxFill(seed, RandomStream.parameter, hashText(entry.path), 0, entry.elements)
          words.forEach((word, index) => {
            values[index] = (values[index] ?? 0) + (2 * toUnit(word) - 1) * (spreads[Math.floor(index / row)] ?? 0)
          })
        }
      }
      this.gpu.device.queue.writeBuffer(arena.holder.buffer as GPUBuffer, entry.offset * 4, values)
    }
  }

  /** Names of the arenas that exist: what a checkpoint holds. */
  get arenaNames(): string[] {
    return [...this.arenas.keys()]
  }

  /** A whole arena on the host. */
  async read(name: string): Promise<Float32Array> {
    const arena = this.arena(name)
    return new Float32Array(
      await this.gpu.submitter.read(arena.holder.buffer as GPUBuffer, 0, arena.elements * 4, 'checkpoint'),
    )
  }

  /** @throws CheckpointError when the length differs from the arena's */
  write(name: string, values: Float32Array): void {
    const arena = this.arena(name)
    if (values.length !== arena.elements)
      throw new CheckpointError(
        name,
        `must have ${arena.elements} numbers for this architecture; got ${values.length}.`,
        'It belongs to another network.',
      )
    this.gpu.device.queue.writeBuffer(
      arena.holder.buffer as GPUBuffer,
      0,
      values.buffer,
      values.byteOffset,
      values.byteLength,
    )
  }

  release(): void {
    for (const arena of this.arenas.values()) if (arena.holder.buffer) this.gpu.buffers.release(arena.holder.buffer)
    this.arenas.clear()
  }
}

/** Seed of a model's weights: a run's seed and the architecture's name decide, nothing else. */
export const weightSeed = (seed: number, architecture: string, repeat = 0): Seed =>
  deriveSeed(seed, `${architecture}#${repeat}`)
