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
  // test/nn/temporal-norm.test.ts
  ...['normalization/gradient_totals', 'normalization/affine_table'],
  ...['normalization/affine_channels', 'normalization/affine_steps'],
  // test/nn/recurrence.test.ts, test/nn/residual-and-delays.test.ts, test/ops/time-steps.test.ts
  ...['neuron/lateral_inhibition', 'neuron/lateral_inhibition_gradient', 'time/delay', 'elementwise/copy_range'],
  ...['elementwise/spike_logic', 'elementwise/spike_gate'],
  // test/ops/encode.test.ts
  ...['encoding/rate', 'encoding/closed_form', 'encoding/least', 'encoding/weigh', 'encoding/delta'],
  ...['encoding/fields', 'encoding/fields_gradient'],
  // test/ops/matrix-product.test.ts
  ...['matrix/product_subgroup', 'matrix/product_tile', 'matrix/transpose'],
  // variants that the tuner may choose: held against the plain kernels before they win
  ...['convolution/spike_forward_lookup', 'convolution/spike_weight_gradient_lookup', 'convolution/flip_weights'],
  ...['convolution/dense_forward_subgroup', 'convolution/dense_weight_gradient_subgroup'],
  // test/ops/finite-check.test.ts, test/ops/psn.test.ts
  'neuron/finite_check',
  'neuron/psn_forward',
  'neuron/psn_backward',
  'neuron/psn_weight_gradient',
]
