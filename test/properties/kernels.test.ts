import { describe, expect, it } from 'vitest'
import { neuronLibraryProperties } from '../../src/properties/families/neuron-library.js'
import { gpuProperties } from '../../src/properties/table.js'
import { declaredKernels } from '../support/kernels.js'
import { testProperties } from '../support/properties.js'

const kernels = (await declaredKernels()).map(({ shader }) => shader)

describe('the properties of the engine’s kernels', () => {
  // neurons have a file of their own: their kernels take long to compile
  testProperties(gpuProperties.filter((property) => !neuronLibraryProperties.includes(property)))

  it('name kernels that there are', () => {
    for (const { kernels: named } of gpuProperties) for (const kernel of named) expect(kernels).toContain(kernel)
  })

  it('leave no kernel out', () => {
    const covered = new Set(gpuProperties.flatMap((property) => property.kernels))
    expect(kernels.filter((kernel) => !covered.has(kernel))).toEqual([])
  })

  it('have names of their own', () => {
    expect(new Set(gpuProperties.map(({ name }) => name)).size).toBe(gpuProperties.length)
  })
})
