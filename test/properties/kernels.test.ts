import { describe, expect, it } from 'vitest'
import { assertProperty, canRun } from '../../src/properties/property.js'
import { gpuProperties } from '../../src/properties/table.js'
import { testGpu } from '../support/gpu.js'
import { declaredKernels } from '../support/kernels.js'

const kernels = (await declaredKernels()).map(({ shader }) => shader)

describe('the properties of the engine’s kernels', () => {
  it.for(gpuProperties.map((property) => [property.name, property] as const))('%s', async ([, property], { skip }) => {
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

  it('name kernels that there are', () => {
    for (const { kernels: named } of gpuProperties) for (const kernel of named) expect(kernels).toContain(kernel)
  })

  it('leave no kernel out', () => {
    const covered = new Set(gpuProperties.flatMap((property) => property.kernels))
    expect(new Set(kernels.filter((kernel) => !covered.has(kernel)))).toEqual(new Set(elsewhere))
  })

  it('have names of their own', () => {
    expect(new Set(gpuProperties.map(({ name }) => name)).size).toBe(gpuProperties.length)
  })
})

/**
 * Kernels that have tests of their own and no property in the table yet, so that "check" says nothing of them: a new
 * kernel comes here only with the file that tests it.
 */
const elsewhere: readonly string[] = [
  // test/runtime/profiler
  ...['profiler/copy_rate', 'profiler/multiply_add_rate', 'profiler/count_bits'],
  // test/datasets/events/gpu-frames.test.ts
  ...['elementwise/fill', 'events/bin', 'events/values'],
  // test/ops/neurons.test.ts
  'neuron/parameter_sums',
  // test/ops/encode.test.ts
  ...['encoding/rate', 'encoding/closed_form', 'encoding/least', 'encoding/weigh', 'encoding/delta'],
  ...['encoding/fields', 'encoding/fields_gradient'],
  // test/ops/matrix-product.test.ts
  ...['matrix/product_subgroup', 'matrix/product_tile', 'matrix/transpose'],
  // test/ops/finite-check.test.ts, test/ops/psn.test.ts
  'neuron/finite_check',
  'neuron/psn_forward',
  'neuron/psn_backward',
  'neuron/psn_weight_gradient',
]
