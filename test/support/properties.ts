/** Runs properties of the table as tests. */
import { expect, it } from 'vitest'
import { assertProperty, canRun, type GpuProperty } from '../../src/properties/property.js'
import { testGpu } from './gpu.js'

/** A test for each property: it holds, and runs the kernels that it names. */
export function testProperties(properties: readonly GpuProperty[]): void {
  it.for(properties.map((property) => [property.name, property] as const))('%s', async ([, property], { skip }) => {
    const gpu = await testGpu()
    skip(!canRun(gpu, property), 'this adapter lacks what these kernels need')
    const ran = new Set<string>()
    gpu.pipelines.onUse = (shader) => ran.add(shader)
    try {
      await assertProperty(gpu, property)
    } finally {
      gpu.pipelines.onUse = null
    }
    // what "check" says of a kernel rests on these names
    for (const kernel of property.kernels) expect(ran, `${kernel} was not run`).toContain(kernel)
  })
}
