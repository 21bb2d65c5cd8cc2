/** The GPU of a test file: opened once, kept for the life of the process, so that pipelines are compiled once. */
import { type Gpu, openGpu } from '../../src/runtime/gpu.js'

const holder = globalThis as { neuromotifTestGpu?: Promise<Gpu> }

/** Opens the default adapter on first use. @throws AdapterError when there is none: no test is skipped for that */
export function testGpu(): Promise<Gpu> {
  holder.neuromotifTestGpu ??= openGpu()
  return holder.neuromotifTestGpu
}
