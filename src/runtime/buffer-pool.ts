/** GPU buffers that are handed out, given back and used again, so that thousands of programs need no new memory. */
import { LimitError } from '../errors.js'

export interface PoolCounters {
  /** Bytes in all buffers that exist now. */
  readonly allocatedBytes: number
  readonly usedBytes: number
  readonly peakBytes: number
  readonly buffersCreated: number
}

/** Sizes are rounded up to steps of an eighth of their power of two: at most 12.5 % is wasted, few sizes exist. */
function roundUp(bytes: number): number {
  const small = 256
  if (bytes <= small) return small
  const step = Math.max(small, 2 ** (Math.floor(Math.log2(bytes)) - 3))
  return Math.ceil(bytes / step) * step
}

export class BufferPool {
  private readonly device: GPUDevice
  readonly budget: number
  private readonly free = new Map<number, GPUBuffer[]>()
  private readonly used = new Set<GPUBuffer>()
  private allocated = 0
  private inUse = 0
  private peak = 0
  private created = 0

  constructor(device: GPUDevice, budget: number) {
    this.device = device
    this.budget = budget
  }

  get counters(): PoolCounters {
    return { allocatedBytes: this.allocated, usedBytes: this.inUse, peakBytes: this.peak, buffersCreated: this.created }
  }

  /**
   * A storage buffer of at least `bytes`, contents undefined.
   * @throws LimitError when one buffer or the sum would exceed what the device or the budget allows
   */
  acquire(bytes: number, label = ''): GPUBuffer {
    const size = Math.min(roundUp(bytes), Math.max(bytes, this.device.limits.maxBufferSize))
    if (size > this.device.limits.maxBufferSize) {
      throw new LimitError(
        label || 'buffer',
        `needs ${mebibytes(size)}, the device allows ${mebibytes(this.device.limits.maxBufferSize)} a buffer.`,
        'Use a smaller batch or fewer channels.',
      )
    }
    const kept = this.takeFree(size)
    if (kept) {
      this.used.add(kept)
      this.inUse += kept.size
      return kept
    }
    if (this.allocated + size > this.budget) this.trim()
    if (this.allocated + size > this.budget) {
      throw new LimitError(
        label || 'memory',
        `needs ${mebibytes(size)} beside the ${mebibytes(this.inUse)} in use, the budget is ${mebibytes(this.budget)}.`,
        'Use a smaller batch, recomputation, or raise memoryBudget.',
      )
    }
    const buffer = this.device.createBuffer({
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC,
      label,
    })
    this.created++
    this.allocated += size
    this.inUse += size
    this.peak = Math.max(this.peak, this.allocated)
    this.used.add(buffer)
    return buffer
  }

  /** The smallest free buffer that fits without wasting more than its half. */
  private takeFree(size: number): GPUBuffer | undefined {
    let best = Number.POSITIVE_INFINITY
    for (const [candidate, list] of this.free) {
      if (list.length > 0 && candidate >= size && candidate <= 2 * size && candidate < best) best = candidate
    }
    return this.free.get(best)?.pop()
  }

  /** Gives a buffer back. Work already submitted may still use it: WebGPU orders later writes after it. */
  release(buffer: GPUBuffer): void {
    if (!this.used.delete(buffer)) return
    this.inUse -= buffer.size
    const list = this.free.get(buffer.size)
    if (list) list.push(buffer)
    else this.free.set(buffer.size, [buffer])
  }

  /** Destroys every buffer that nobody holds. */
  trim(): void {
    for (const list of this.free.values()) {
      for (const buffer of list) {
        this.allocated -= buffer.size
        buffer.destroy()
      }
    }
    this.free.clear()
  }

  destroy(): void {
    this.trim()
    for (const buffer of this.used) buffer.destroy()
    this.used.clear()
    this.allocated = 0
    this.inUse = 0
  }
}

export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(bytes < 2 ** 20 * 10 ? 1 : 0)} MiB`
