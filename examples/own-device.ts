// The device of README.md: made by yourself, with Dawn in Node, and handed to the engine.

import { create, globals } from 'webgpu'
import { openGpu } from '../src/index.js'

// Dawn goes when the object that create() returned is collected, so it is held
const { dawn } = Object.assign(globalThis, globals, { dawn: create([]) })
const adapter = await dawn.requestAdapter()
if (!adapter) throw new Error('no WebGPU adapter')
const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits
const device = await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } })
const gpu = await openGpu({ device, adapterInfo: adapter.info, memoryBudget: 2 * 2 ** 30 })
console.log(gpu.name)
await gpu.close()
