/** Submitting work, waiting for it without burning a core, reading results back. */
import { isNode } from './environment.js'
import type { Gpu } from './gpu.js'

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A nap lasts this share of the time waited so far: a result is seen that much late at worst. */
const napShare = 0.03
/** Milliseconds. */
const [shortestNap, longestNap] = [0.05, 2]

let cell: Int32Array | null = null
/** Stops this thread for a while, so that it uses no processor; events wait as long. */
function nap(milliseconds: number): void {
  cell ??= new Int32Array(new SharedArrayBuffer(4))
  Atomics.wait(cell, 0, 0, milliseconds)
}

/**
 * Waits for a promise of Dawn, which in Node asks for news at every turn of the event loop and so burns a core while any
 * promise is pending. Between two turns the thread naps.
 */
export async function awaitNapping<T>(promise: Promise<T>): Promise<T> {
  let settled = false
  const settle = () => {
    settled = true
  }
  promise.then(settle, settle)
  const start = performance.now()
  await nextTurn()
  while (!settled) {
    nap(Math.min(longestNap, Math.max(shortestNap, (performance.now() - start) * napShare)))
    await nextTurn()
  }
  return promise
}

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

  /** On a software adapter whatever the host uses is taken from the work that it waits for. */
  private until<T>(promise: Promise<T>): Promise<T> {
    return this.gpu.facts.software && isNode ? awaitNapping(promise) : promise
  }

  /**
   * Waits until all submitted work is done. On a software adapter it first sleeps through most of the time that is
   * expected, where that is known: other work of the host goes on meanwhile.
   * @param kind waits of one kind take similar times
   */
  async wait(kind = ''): Promise<void> {
    const start = performance.now()
    const expected = this.expected.get(kind)
    if (this.gpu.facts.software && expected !== undefined && expected > 4) await sleep(expected * 0.7)
    await this.until(this.gpu.device.queue.onSubmittedWorkDone())
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

  /** Waits of this kind will not come again. */
  forget(kind: string): void {
    this.seen.delete(kind)
    this.expected.delete(kind)
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
    await this.until(staging.mapAsync(GPUMapMode.READ, 0, size))
    const copy = staging.getMappedRange(0, size).slice(0, byteLength)
    staging.unmap()
    this.gpu.check()
    return copy
  }
}
