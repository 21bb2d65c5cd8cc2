// The device of README.md: made by yourself, with Dawn in Node, and handed to the engine.
import { create, globals } from 'webgpu'
import { openGpu } from '../src/index.js'

Object.assign(globalThis, globals)
const dawn = create([])
const adapter = await dawn.requestAdapter()
if (!adapter) throw new Error('no adapter')
const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits
const device = await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } })
const gpu = await openGpu({ device, adapterInfo: adapter.info })
console.log(gpu.name, dawn === null)
await gpu.close()
