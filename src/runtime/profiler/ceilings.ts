/** What a device can do at best, measured on the spot: moving memory, and multiply-adds. */
import type { Gpu } from '../gpu.js'
import { defineKernel, gridFor, type KernelDefinition, packParameters } from '../kernel.js'
import { type TimingMethod, timeDispatches, timingMethodOf } from './timing.js'

export const copyRate = defineKernel({
  shader: 'profiler/copy_rate',
  bindings: { x: 'read', y: 'write' },
  parameters: { invocations: 'u32', perInvocation: 'u32' },
  flags: { VEC: true },
  workgroupSize: 64,
})

export const multiplyAddRate = defineKernel({
  shader: 'profiler/multiply_add_rate',
  bindings: { y: 'write' },
  parameters: { invocations: 'u32', rounds: 'u32', factor: 'f32', term: 'f32' },
  flags: {},
  workgroupSize: 64,
})

export interface DeviceCeilings {
  /** Bytes read plus bytes written by the fastest of several copy kernels, 1e9 a second. */
  readonly copyGigabytesPerSecond: number
  /** Of float32 multiply-adds in registers, two operations each, 1e9 a second. */
  readonly multiplyAddGigaflopsPerSecond: number
  readonly method: TimingMethod
}

const repeats = 4
/** Which is fastest differs between devices. */
const copyVariants = [
  { VEC: true, perInvocation: 1 },
  { VEC: true, perInvocation: 4 },
  { VEC: false, perInvocation: 1 },
]
const flopsARound = 128
/** Shorter measurements say more about starting a dispatch than about the device. */
const longEnoughMilliseconds = 5
const mostRounds = 2 ** 20

/** More than caches hold. */
const bytesToCopy = (gpu: Gpu) => Math.min(gpu.maxBinding, (gpu.facts.software ? 32 : 256) * 2 ** 20)

interface Measured {
  readonly kernel: KernelDefinition
  readonly flags?: { readonly VEC: boolean }
  readonly parameters: Readonly<Record<string, number>>
  readonly invocations: number
  readonly buffers: readonly GPUBuffer[]
}

/** Shortest of several runs, in milliseconds; the first, which compiles the shader, does not count. */
async function shortest(gpu: Gpu, { kernel, flags, parameters, invocations, buffers }: Measured): Promise<number> {
  const { pipeline, layout } = await gpu.pipelines.get(kernel, flags ?? {})
  const block = packParameters(kernel, parameters)
  const uniform = gpu.device.createBuffer({
    size: block.byteLength,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  })
  gpu.device.queue.writeBuffer(uniform, 0, block)
  const entries = [...buffers, uniform].map((buffer, binding) => ({ binding, resource: { buffer } }))
  const dispatch = {
    pipeline,
    bindGroup: gpu.device.createBindGroup({ layout, entries }),
    grid: gridFor(invocations, kernel.workgroupSize),
    spikes: null,
  }
  await timeDispatches(gpu, [dispatch])
  const kind = `ceiling ${kernel.shader}`
  const [once] = await timeDispatches(gpu, [dispatch], { kind })
  gpu.submitter.expect(kind, repeats * (once?.milliseconds ?? 0))
  const times = await timeDispatches(
    gpu,
    Array.from({ length: repeats }, () => dispatch),
    { kind },
  )
  uniform.destroy()
  return Math.min(...times.map(({ milliseconds }) => milliseconds))
}

async function copyBandwidth(gpu: Gpu, bytes: number): Promise<number> {
  const buffers = [gpu.buffers.acquire(bytes, 'copy source'), gpu.buffers.acquire(bytes, 'copy target')]
  let best = 0
  try {
    for (const { VEC, perInvocation } of copyVariants) {
      const invocations = bytes / (VEC ? 16 : 4) / perInvocation
      const parameters = { invocations, perInvocation }
      const milliseconds = await shortest(gpu, { kernel: copyRate, flags: { VEC }, parameters, invocations, buffers })
      best = Math.max(best, (2 * bytes) / milliseconds / 1e6)
    }
  } finally {
    for (const buffer of buffers) gpu.buffers.release(buffer)
  }
  return best
}

async function multiplyAdds(gpu: Gpu, longEnough: number): Promise<number> {
  const invocations = gpu.facts.software ? 2 ** 14 : 2 ** 20
  const y = gpu.buffers.acquire(invocations * 16, 'multiply-adds')
  try {
    for (let rounds = 256; ; rounds *= 4) {
      const parameters = { invocations, rounds, factor: 0.5, term: 0.25 }
      const milliseconds = await shortest(gpu, { kernel: multiplyAddRate, parameters, invocations, buffers: [y] })
      if (milliseconds >= longEnough || rounds >= mostRounds)
        return (flopsARound * rounds * invocations) / milliseconds / 1e6
    }
  } finally {
    gpu.buffers.release(y)
  }
}

/**
 * Measures both ceilings; well under a second on a GPU, about one on a software driver. A kernel whose data fit a cache
 * may pass the first: it is that of memory.
 * @param options bytes to copy, a multiple of 64, and how long a measurement of arithmetic lasts at least
 */
export async function measureCeilings(
  gpu: Gpu,
  options: { readonly bytes?: number; readonly milliseconds?: number } = {},
): Promise<DeviceCeilings> {
  const { bytes = bytesToCopy(gpu), milliseconds = longEnoughMilliseconds } = options
  return {
    copyGigabytesPerSecond: await copyBandwidth(gpu, bytes),
    multiplyAddGigaflopsPerSecond: await multiplyAdds(gpu, milliseconds),
    method: timingMethodOf(gpu),
  }
}
