/** Frames of recordings, binned on the GPU. */
import { Graph } from '../../graph/graph.js'
import { Program } from '../../graph/program.js'
import { ModelMemory } from '../../nn/memory.js'
import { ParameterTable } from '../../nn/parameters.js'
import { traceCopy } from '../../ops/copy.js'
import { type EventFramesSpec, traceEventFrames } from '../../ops/event-frames.js'
import type { Gpu } from '../../runtime/gpu.js'
import { boundsByIndex, type EventBinning, packEventBatch } from './event-batch.js'
import { checkFrameRule, frameCount } from './frame-rules.js'
import type { EventRecording } from './recording.js'
import { checkVoxelGrid } from './voxel-grid.js'

export interface GpuFramesOptions {
  readonly batch: number
  readonly height: number
  readonly width: number
  /** µs, of every recording, where the rule makes frames of a fixed length and no fixed number. */
  readonly duration?: number
  /** Events of the largest batch. */
  readonly capacity: number
  /** Cuts the tensors into at least so many stretches of time; default 1. */
  readonly minimumSlabs?: number
}

/** What a program must be for a way of binning. @throws OptionError when a number is out of range */
export function eventFramesSpec(binning: EventBinning, options: GpuFramesOptions): EventFramesSpec {
  const { batch, height, width, capacity, duration = 1 } = options
  const shared = { batch, height, width, capacity, byIndex: boundsByIndex(binning) }
  if ('rule' in binning) {
    checkFrameRule(binning.rule)
    return { ...shared, kind: 'count', channels: 2, frames: frameCount({ duration }, binning.rule) }
  }
  checkVoxelGrid(binning.voxelGrid)
  const { bins, channels = 2 } = binning.voxelGrid
  return { ...shared, kind: 'voxel', channels, frames: bins }
}

/**
 * Bins batches of recordings on the GPU and hands the sums back: byte for byte those of `countFrames` and `voxelGrid`.
 * A network takes the frames without this detour when its graph begins with `traceEventFrames`.
 */
export class GpuEventFrames {
  readonly spec: EventFramesSpec
  private readonly binning: EventBinning
  private readonly program: Program
  private readonly memory: ModelMemory

  private constructor(spec: EventFramesSpec, binning: EventBinning, program: Program, memory: ModelMemory) {
    this.spec = spec
    this.binning = binning
    this.program = program
    this.memory = memory
  }

  /** @throws OptionError when a number is out of range, LimitError when it does not fit */
  static async compile(gpu: Gpu, binning: EventBinning, options: GpuFramesOptions): Promise<GpuEventFrames> {
    const spec = eventFramesSpec(binning, options)
    const graph = new Graph()
    const { counts } = traceEventFrames(graph, spec)
    const kept = graph.raw('u32', counts.elements, 'sums', { storage: { kind: 'slot', name: 'sums' } })
    traceCopy(graph, counts, kept)
    const memory = new ModelMemory(gpu, new ParameterTable(), new ParameterTable())
    const program = await Program.compile(gpu, graph, memory, {
      name: 'event frames',
      minimumSlabs: options.minimumSlabs ?? 1,
    })
    return new GpuEventFrames(spec, binning, program, memory)
  }

  /** Packs, uploads and submits; does not wait. @throws as `packEventBatch` */
  submit(recordings: readonly EventRecording[]): void {
    const { events, strips, bounds, fractions } = packEventBatch(recordings, this.binning, this.spec)
    for (const [slot, words] of Object.entries({ events, strips, bounds, fractions })) this.program.write(slot, words)
    this.program.run()
  }

  /** Waits for what was submitted. */
  wait(): Promise<void> {
    return this.program.wait()
  }

  /** Sums of a full batch, u32 `[T, B, H, W, C]`; of a voxel grid in units of 2^-fractionBits, signed where C = 1. */
  async bin(recordings: readonly EventRecording[]): Promise<Uint32Array> {
    this.submit(recordings)
    return this.program.readWords('sums')
  }

  release(): void {
    this.program.release()
    this.memory.release()
  }
}
