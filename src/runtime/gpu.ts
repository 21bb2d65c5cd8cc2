/** Adapter, device, and everything that lives as long as the device. */
import { AdapterError, ConfigError, DeviceLostError, LimitError } from '../errors.js'
import { BufferPool } from './buffer-pool.js'
import { isNode } from './environment.js'
import { PipelineCache } from './pipelines.js'
import { Submitter } from './submission.js'
import type { TuningTable } from './tuner/table.js'
import { type VariantChoices, Variants } from './variants.js'

export interface GpuOptions {
  /** Bring your own device; it must have been requested with the limits you want to use. */
  readonly device?: GPUDevice
  /** Adapter facts for a device brought along (WebGPU does not reveal them afterwards). */
  readonly adapterInfo?: GPUAdapterInfo
  readonly powerPreference?: GPUPowerPreference
  /** Bytes of GPU memory the engine may hold; default: half of what the adapter can be assumed to have. */
  readonly memoryBudget?: number
  /**
   * Kernel variants chosen by measurement (`tune`), or pinned by hand; default: what the adapter's facts suggest.
   * The same table gives the same bytes.
   */
  readonly tuning?: TuningTable | VariantChoices | null
}

export interface AdapterFacts {
  readonly vendor: string
  readonly architecture: string
  readonly device: string
  readonly description: string
  /** A driver that computes on the CPU. */
  readonly software: boolean
  readonly subgroupSize: readonly [minimum: number, maximum: number]
  readonly features: readonly string[]
}

const wantedLimits = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
] as const
const wantedFeatures = ['timestamp-query', 'subgroups', 'shader-f16'] as const

/** One open GPU. Create with `openGpu`, end with `close`. */
export class Gpu {
  readonly device: GPUDevice
  readonly facts: AdapterFacts
  readonly pipelines: PipelineCache
  readonly buffers: BufferPool
  readonly submitter: Submitter
  /** Which kernel serves which job on this device. */
  variants: Variants
  /** Message of an error that no call reported; the next wait throws it. */
  private fault: Error | null = null
  private lost = false
  private readonly ownsDevice: boolean

  constructor(device: GPUDevice, facts: AdapterFacts, memoryBudget: number, ownsDevice = true) {
    this.ownsDevice = ownsDevice
    this.device = device
    this.facts = facts
    this.pipelines = new PipelineCache(device)
    this.buffers = new BufferPool(device, memoryBudget)
    this.submitter = new Submitter(this)
    this.variants = new Variants({
      software: facts.software,
      subgroupLanes: device.features.has('subgroups') ? facts.subgroupSize[0] : 0,
    })
    device.addEventListener('uncapturederror', (event) => {
      this.fault ??= new Error((event as GPUUncapturedErrorEvent).error.message)
    })
    void device.lost.then((info) => {
      this.lost = true
      if (info.reason !== 'destroyed') {
        this.fault ??= new DeviceLostError(
          'GPU',
          `the device was lost (${info.message}).`,
          'Run the command again with --resume.',
        )
      }
    })
  }

  /**
   * Uses a tuning table, or other choices of variants, for programs that are compiled from now on.
   * @throws ConfigError when the table was measured on another adapter
   */
  useTuning(tuning: TuningTable | VariantChoices | null): void {
    const table = tuning && 'choices' in tuning && typeof tuning.choices === 'object' ? (tuning as TuningTable) : null
    if (table && table.adapter !== this.name) {
      throw new ConfigError(
        'tuning',
        `the table must belong to this adapter, "${this.name}"; it was measured on "${table.adapter}".`,
        'Tune this adapter, or leave the table out.',
      )
    }
    this.variants = new Variants(this.variants.traits, table ? table.choices : ((tuning ?? {}) as VariantChoices))
  }

  /** Throws if the device is gone or a GPU error was reported since the last call. Silent failure is the default otherwise. */
  check(): void {
    if (this.fault) {
      const fault = this.fault
      this.fault = null
      throw fault
    }
    if (this.lost)
      throw new DeviceLostError(
        'GPU',
        'the device must be open and was closed or lost.',
        'Open it again with openGpu().',
      )
  }

  /** Largest byte size one binding may have. */
  get maxBinding(): number {
    return Math.min(this.device.limits.maxStorageBufferBindingSize, this.device.limits.maxBufferSize)
  }

  /** One line that names adapter and driver: part of cache keys and reports. */
  get name(): string {
    return (
      this.facts.description ||
      [this.facts.vendor, this.facts.architecture, this.facts.device].filter(Boolean).join(' ')
    )
  }

  /** Frees the engine's buffers, and ends the device unless the caller brought it. */
  async close(): Promise<void> {
    if (this.lost) return
    await this.device.queue.onSubmittedWorkDone()
    this.buffers.destroy()
    if (!this.ownsDevice) return
    this.device.destroy()
    await this.device.lost
  }
}

const softwarePattern = /llvmpipe|lavapipe|swiftshader|softpipe|software|basic render/i

function describe(info: GPUAdapterInfo, features: Iterable<string>): AdapterFacts {
  const text = [info.vendor, info.architecture, info.device, info.description].join(' ')
  const fallback = (info as { isFallbackAdapter?: boolean }).isFallbackAdapter === true
  return {
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    description: info.description,
    software: fallback || softwarePattern.test(text),
    subgroupSize: [info.subgroupMinSize ?? 0, info.subgroupMaxSize ?? 0],
    features: [...features].sort(),
  }
}

async function requestAdapter(options: GpuOptions): Promise<GPUAdapter> {
  const wanted: GPURequestAdapterOptions = { powerPreference: options.powerPreference ?? 'high-performance' }
  if (!isNode) {
    const adapter = await globalThis.navigator?.gpu?.requestAdapter(wanted)
    if (adapter) return adapter
    throw new AdapterError(
      'WebGPU',
      'this browser must offer a WebGPU adapter and offers none.',
      'Use a current Chrome, Edge, Firefox or Safari on a secure page (https or localhost).',
    )
  }
  const { createDawn, captureNativeErrors, explainMissingAdapter } = await import('../host/node/dawn.js')
  const { applyDriverEnvironment } = await import('../host/node/driver-environment.js')
  applyDriverEnvironment()
  const { result, text } = await captureNativeErrors(async () => {
    const gpu = await createDawn()
    return gpu.requestAdapter(wanted)
  })
  if (!result) throw explainMissingAdapter(text)
  return result
}

/**
 * Opens the GPU: Dawn in Node, `navigator.gpu` in a browser, or the device passed in.
 * @throws AdapterError when there is no adapter, with what to install
 * @throws LimitError when the adapter has fewer than 8 storage buffers a stage
 */
export async function openGpu(options: GpuOptions = {}): Promise<Gpu> {
  const gpu = await open(options)
  try {
    if (options.tuning) gpu.useTuning(options.tuning)
  } catch (cause) {
    await gpu.close()
    throw cause
  }
  return gpu
}

async function open(options: GpuOptions): Promise<Gpu> {
  if (options.device) {
    const info =
      options.adapterInfo ??
      ({ vendor: '', architecture: '', device: '', description: 'brought by the caller' } as GPUAdapterInfo)
    return new Gpu(
      options.device,
      describe(info, options.device.features),
      options.memoryBudget ?? defaultBudget(false),
      false,
    )
  }
  const adapter = await requestAdapter(options)
  const facts = describe(adapter.info, adapter.features)
  if (adapter.limits.maxStorageBuffersPerShaderStage < 8) {
    throw new LimitError(
      'adapter',
      `8 storage buffers a shader stage are needed; "${facts.description}" allows ${adapter.limits.maxStorageBuffersPerShaderStage}.`,
      'Choose another adapter.',
    )
  }
  const requiredLimits: Record<string, number> = {}
  for (const limit of wantedLimits) requiredLimits[limit] = adapter.limits[limit]
  const device = await adapter.requestDevice({
    requiredLimits,
    requiredFeatures: wantedFeatures.filter((feature) => adapter.features.has(feature)) as GPUFeatureName[],
  })
  return new Gpu(device, facts, options.memoryBudget ?? defaultBudget(facts.software))
}

/** A software adapter shares the machine's memory; a GPU's own is unknown to WebGPU, so stay modest. */
function defaultBudget(software: boolean): number {
  const fallback = 4 * 2 ** 30
  if (!software || !isNode) return fallback
  const report = (process as { availableMemory?: () => number }).availableMemory?.()
  return report ? Math.floor(report / 2) : fallback
}
