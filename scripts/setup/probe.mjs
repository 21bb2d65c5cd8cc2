// Run as a program of its own: prints the adapter that Dawn finds as JSON, or null. A driver that crashes takes only
// this process with it, and LD_LIBRARY_PATH can be set for it.
import { create, globals } from 'webgpu'

Object.assign(globalThis, globals)
// on the global object: Dawn is torn down when its entry point is collected
globalThis.neuromotifProbe = create([])
const adapter = await globalThis.neuromotifProbe.requestAdapter()
const info = adapter?.info
console.log(JSON.stringify(adapter ? { adapter: info.description || info.device || info.vendor || 'unnamed' } : null))
