import { describe, expect, it } from 'vitest'
import { assertProperty } from '../../src/properties/property.js'
import { gpuProperties } from '../../src/properties/table.js'
import { testGpu } from '../support/gpu.js'
import { declaredKernels } from '../support/kernels.js'

const kernels = (await declaredKernels()).map(({ shader }) => shader)

describe('the properties of the engine’s kernels', () => {
  it.each(gpuProperties.map((property) => [property.name, property] as const))('%s', async (_, property) => {
    const gpu = await testGpu()
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

  it('name kernels that there are', () => {
    for (const { kernels: named } of gpuProperties) for (const kernel of named) expect(kernels).toContain(kernel)
  })

  it('leave no kernel out', () => {
    const covered = new Set(gpuProperties.flatMap((property) => property.kernels))
    expect(kernels.filter((kernel) => !covered.has(kernel) && !elsewhere.includes(kernel))).toEqual([])
  })

  it('have names of their own', () => {
    expect(new Set(gpuProperties.map(({ name }) => name)).size).toBe(gpuProperties.length)
  })
})

/** Kernels with tests of another kind, and why. */
const elsewhere: readonly string[] = [
  // rates and counts of the profiler: test/runtime/profiler
  'profiler/copy_rate',
  'profiler/multiply_add_rate',
  'profiler/count_bits',
  // sums of events, byte for byte those of the host: test/datasets/events/gpu-frames.test.ts
  'elementwise/fill',
  'events/bin',
  'events/values',
  // gradients of learned time constants: test/ops
  'neuron/parameter_sums',
]
