/** Submitting work, waiting for it without burning a core, reading results back. */
import type { Gpu } from './gpu.js'

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

export class Submitter {
  private readonly gpu: Gpu
  private staging: GPUBuffer | null = null
  private reading: Promise<unknown> = Promise.resolve()
  /** Moving average of how long waits of one kind take, in ms. */
  private readonly expected = new Map<string, number>()
  private readonly seen = new Set<string>()
  submissions = 0
  /** Programs given back since the last wait: a device frees what they held only while somebody waits. */
  retired = 0

  constructor(gpu: Gpu) {
    this.gpu = gpu
  }

  submit(encoder: GPUCommandEncoder): void {
    this.gpu.device.queue.submit([encoder.finish()])
    this.submissions++
  }

  /**
   * Waits until all submitted work is done. Dawn polls with a whole core while a promise is pending, which on a
   * software adapter takes that core from the work itself: so sleep through most of the expected time first.
   * @param kind waits of one kind take similar times (a program's name)
   */
  async wait(kind = ''): Promise<void> {
    const start = performance.now()
    const expected = this.expected.get(kind)
    if (this.gpu.facts.software && expected !== undefined && expected > 4) await sleep(expected * 0.7)
    await this.gpu.device.queue.onSubmittedWorkDone()
    this.retired = 0
    const taken = performance.now() - start
    // the first wait includes compiling shaders and says nothing about the next; later ones forget quickly downwards,
    // because a sleep that was too long hides how short the work really is
    if (!this.seen.has(kind)) this.seen.add(kind)
    else this.expected.set(kind, expected === undefined || taken < expected ? taken : expected * 0.8 + taken * 0.2)
    this.gpu.check()
  }

  /** Says how long waits of a kind will take, where the caller knows. */
  expect(kind: string, milliseconds: number): void {
    this.seen.add(kind)
    this.expected.set(kind, milliseconds)
  }

  /** Copies a range of a buffer to the host. Reads wait their turn: they share one staging buffer. */
  read(buffer: GPUBuffer, byteOffset: number, byteLength: number, kind = 'read'): Promise<ArrayBuffer> {
    const turn = this.reading.then(() => this.readNow(buffer, byteOffset, byteLength, kind))
    this.reading = turn.catch(() => undefined)
    return turn
  }

  private async readNow(buffer: GPUBuffer, byteOffset: number, byteLength: number, kind: string): Promise<ArrayBuffer> {
    const size = Math.ceil(byteLength / 4) * 4
    if (size === 0) return new ArrayBuffer(0)
    if (!this.staging || this.staging.size < size) {
      this.staging?.destroy()
      this.staging = this.gpu.device.createBuffer({
        size: Math.max(size, 65536),
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      })
    }
    const staging = this.staging
    const encoder = this.gpu.device.createCommandEncoder()
    encoder.copyBufferToBuffer(buffer, byteOffset, staging, 0, size)
    this.submit(encoder)
    await this.wait(kind)
    await staging.mapAsync(GPUMapMode.READ, 0, size)
    const copy = staging.getMappedRange(0, size).slice(0, byteLength)
    staging.unmap()
    this.gpu.check()
    return copy
  }
}
