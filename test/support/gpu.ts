/** The GPU of a test file: opened once, kept for the life of the process, so that pipelines are compiled once. */
import { createDawn } from '../../src/host/node/dawn.js'
import { applyDriverEnvironment } from '../../src/host/node/driver-environment.js'
import { type Gpu, openGpu } from '../../src/runtime/gpu.js'

const holder = globalThis as { neuromotifTestGpu?: Promise<Gpu> }

const limits = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
] as const

const features = ['timestamp-query', 'subgroups'] as const

/** As a user who brings a device: a test process's standard error may be a socket, which openGpu cannot set aside. */
async function open(): Promise<Gpu> {
  applyDriverEnvironment()
  const adapter = await (await createDawn()).requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter) throw new Error('the tests need a WebGPU adapter, and there is none: install a Vulkan driver')
  const device = await adapter.requestDevice({
    requiredFeatures: features.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(limits.map((limit) => [limit, adapter.limits[limit]])),
  })
  return openGpu({ device, adapterInfo: adapter.info })
}

/** Opens the default adapter on first use. @throws Error when there is none: no test is skipped for that */
export function testGpu(): Promise<Gpu> {
  holder.neuromotifTestGpu ??= open()
  return holder.neuromotifTestGpu
}
