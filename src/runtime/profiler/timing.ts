/** How long single dispatches take on the GPU, and how many of the spikes that drive them were set. */
import type { Gpu } from '../gpu.js'
import { defineKernel, gridFor, packParameters } from '../kernel.js'

export const countBits = defineKernel({
  shader: 'profiler/count_bits',
  bindings: { x: 'read', counts: 'write' },
  parameters: { invocations: 'u32', words: 'u32', place: 'u32' },
  flags: {},
  workgroupSize: 64,
})

/** A dispatch that can be run by itself. */
export interface TimedDispatch {
  readonly pipeline: GPUComputePipeline
  readonly bindGroup: GPUBindGroup
  /** Workgroups of each dimension. */
  readonly grid: readonly [x: number, y: number, z?: number]
  /** Packed spikes to be counted right after the dispatch, outside of its time. */
  readonly spikes: Required<GPUBufferBinding> | null
}

export interface DispatchTime {
  /** Milliseconds since the first dispatch began. */
  readonly start: number
  readonly milliseconds: number
  /** Set bits of its packed spikes. */
  readonly ones: number | null
}

/** `timestamps`: the GPU's own clock around each dispatch; `wall`: the host's clock around a submission of its own. */
export type TimingMethod = 'timestamps' | 'wall'

export const timingMethodOf = (gpu: Gpu): TimingMethod =>
  gpu.device.features.has('timestamp-query') ? 'timestamps' : 'wall'

/** What a reader must know about figures of a method. */
export const timingNote: Record<TimingMethod, string> = {
  timestamps: 'GPU timestamps around each dispatch, which is a pass of its own.',
  wall: 'This device has no timestamp queries: each dispatch was submitted and waited for by itself and the time of an empty submission taken off. Dispatches below a millisecond are only roughly right.',
}

/** A query set holds at most 4096 timestamps. */
const dispatchesPerQuerySet = 1024
/** Few enough that no watchdog minds. */
const dispatchesPerSubmission = 16

export interface TimingOptions {
  /** Default: the best that the device has. */
  readonly method?: TimingMethod
  /** Calls of one kind take similar times: a host that sleeps instead of polling leaves a software driver its cores. */
  readonly kind?: string
}

/** Runs dispatches in order, each timed. */
export async function timeDispatches(
  gpu: Gpu,
  dispatches: readonly TimedDispatch[],
  options: TimingOptions = {},
): Promise<DispatchTime[]> {
  const { method = timingMethodOf(gpu), kind = 'profile' } = options
  const counter = await BitCounter.create(gpu, dispatches)
  try {
    const spans =
      method === 'timestamps'
        ? await byTimestamps(gpu, dispatches, counter, kind)
        : await byWall(gpu, dispatches, counter)
    const last = spans[spans.length - 1]
    if (last) gpu.submitter.expect(kind, last[1] - (spans[0]?.[0] ?? 0))
    const ones = await counter.read()
    const origin = spans[0]?.[0] ?? 0
    return spans.map(([begin, end], index) => ({
      start: begin - origin,
      milliseconds: end - begin,
      ones: dispatches[index]?.spikes ? (ones[index] ?? 0) : null,
    }))
  } finally {
    counter.release()
  }
}

/** Runs dispatches in order, untimed. @returns of each the set bits of its packed spikes; null where it has none */
export async function runCounting(
  gpu: Gpu,
  dispatches: readonly TimedDispatch[],
  kind: string,
): Promise<(number | null)[]> {
  const counter = await BitCounter.create(gpu, dispatches)
  try {
    for (let first = 0; first < dispatches.length; first += dispatchesPerSubmission) {
      const encoder = gpu.device.createCommandEncoder({ label: kind })
      dispatches.slice(first, first + dispatchesPerSubmission).forEach((dispatch, index) => {
        encodePass(encoder, dispatch)
        counter.encode(encoder, first + index)
      })
      gpu.submitter.submit(encoder)
    }
    await gpu.submitter.wait(kind)
    const ones = await counter.read()
    return dispatches.map(({ spikes }, index) => (spikes ? (ones[index] ?? 0) : null))
  } finally {
    counter.release()
  }
}

type Span = readonly [begin: number, end: number]

async function byTimestamps(
  gpu: Gpu,
  dispatches: readonly TimedDispatch[],
  counter: BitCounter,
  kind: string,
): Promise<Span[]> {
  const spans: Span[] = []
  let origin: bigint | null = null
  for (let first = 0; first < dispatches.length; first += dispatchesPerQuerySet) {
    const part = dispatches.slice(first, first + dispatchesPerQuerySet)
    const querySet = gpu.device.createQuerySet({ type: 'timestamp', count: part.length * 2 })
    const resolved = gpu.device.createBuffer({
      size: part.length * 16,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    })
    let encoder = gpu.device.createCommandEncoder({ label: 'profile' })
    part.forEach((dispatch, index) => {
      if (index > 0 && index % dispatchesPerSubmission === 0) {
        gpu.submitter.submit(encoder)
        encoder = gpu.device.createCommandEncoder({ label: 'profile' })
      }
      encodePass(encoder, dispatch, {
        querySet,
        beginningOfPassWriteIndex: index * 2,
        endOfPassWriteIndex: index * 2 + 1,
      })
      counter.encode(encoder, first + index)
    })
    encoder.resolveQuerySet(querySet, 0, part.length * 2, resolved, 0)
    gpu.submitter.submit(encoder)
    const times = new BigUint64Array(await gpu.submitter.read(resolved, 0, part.length * 16, kind))
    origin ??= times[0] ?? 0n
    const at = (index: number) => Number((times[index] ?? 0n) - (origin ?? 0n)) / 1e6
    part.forEach((_, index) => {
      spans.push([at(index * 2), at(index * 2 + 1)])
    })
    querySet.destroy()
    resolved.destroy()
  }
  return spans
}

async function byWall(gpu: Gpu, dispatches: readonly TimedDispatch[], counter: BitCounter): Promise<Span[]> {
  const timed = async (encode: (encoder: GPUCommandEncoder) => void): Promise<Span> => {
    const encoder = gpu.device.createCommandEncoder({ label: 'profile' })
    encode(encoder)
    const begin = performance.now()
    gpu.submitter.submit(encoder)
    // not the submitter's wait, which sleeps through part of it and so measures in steps
    await gpu.device.queue.onSubmittedWorkDone()
    return [begin, performance.now()]
  }
  const empty: number[] = []
  for (let repeat = 0; repeat < 5; repeat++) {
    const [begin, end] = await timed(() => {})
    empty.push(end - begin)
  }
  const overhead = empty.sort((a, b) => a - b)[2] ?? 0
  const spans: Span[] = []
  for (const [index, dispatch] of dispatches.entries()) {
    const [begin, end] = await timed((encoder) => encodePass(encoder, dispatch))
    spans.push([begin, Math.max(begin, end - overhead)])
    await timed((encoder) => counter.encode(encoder, index))
  }
  gpu.check()
  return spans
}

function encodePass(
  encoder: GPUCommandEncoder,
  dispatch: Omit<TimedDispatch, 'spikes'>,
  timestampWrites?: GPUComputePassTimestampWrites,
): void {
  const pass = encoder.beginComputePass(timestampWrites ? { timestampWrites } : {})
  pass.setPipeline(dispatch.pipeline)
  pass.setBindGroup(0, dispatch.bindGroup)
  pass.dispatchWorkgroups(...dispatch.grid)
  pass.end()
}

/** Counts the spikes behind dispatches while they are still there: their memory may serve another tensor afterwards. */
class BitCounter {
  private constructor(
    private readonly gpu: Gpu,
    private readonly passes: readonly (Omit<TimedDispatch, 'spikes'> | null)[],
    private readonly counts: GPUBuffer | null,
    private readonly uniforms: GPUBuffer | null,
  ) {}

  static async create(gpu: Gpu, dispatches: readonly TimedDispatch[]): Promise<BitCounter> {
    if (dispatches.every(({ spikes }) => !spikes)) return new BitCounter(gpu, [], null, null)
    const { pipeline, layout } = await gpu.pipelines.get(countBits, {})
    const counts = gpu.buffers.acquire(dispatches.length * 4, 'spike counts')
    const uniforms = gpu.device.createBuffer({
      size: dispatches.length * 256,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    })
    const clear = gpu.device.createCommandEncoder()
    clear.clearBuffer(counts)
    gpu.submitter.submit(clear)
    const passes = dispatches.map(({ spikes }, place) => {
      if (!spikes) return null
      const words = spikes.size / 4
      const invocations = Math.min(words, 16384)
      const block = packParameters(countBits, { invocations, words, place })
      gpu.device.queue.writeBuffer(uniforms, place * 256, block)
      const entries = [
        { binding: 0, resource: spikes },
        { binding: 1, resource: { buffer: counts, size: dispatches.length * 4 } },
        { binding: 2, resource: { buffer: uniforms, offset: place * 256, size: block.byteLength } },
      ]
      return {
        pipeline,
        bindGroup: gpu.device.createBindGroup({ layout, entries }),
        grid: gridFor(invocations, countBits.workgroupSize),
      }
    })
    return new BitCounter(gpu, passes, counts, uniforms)
  }

  encode(encoder: GPUCommandEncoder, index: number): void {
    const pass = this.passes[index]
    if (pass) encodePass(encoder, pass)
  }

  async read(): Promise<Uint32Array> {
    if (!this.counts) return new Uint32Array()
    return new Uint32Array(await this.gpu.submitter.read(this.counts, 0, this.passes.length * 4, 'spike counts'))
  }

  release(): void {
    if (this.counts) this.gpu.buffers.release(this.counts)
    this.uniforms?.destroy()
  }
}
