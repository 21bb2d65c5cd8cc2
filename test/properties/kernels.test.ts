import { describe, expect, it } from 'vitest'
import { neuronLibraryProperties } from '../../src/properties/families/neuron-library.js'
import { synapseProperties } from '../../src/properties/families/synapses.js'
import { gpuProperties } from '../../src/properties/table.js'
import { declaredKernels } from '../support/kernels.js'
import { testProperties } from '../support/properties.js'

/** Neurons and synapses, whose kernels take long to compile: neuron-kernels.test.ts, synapse-kernels.test.ts. */
const inFilesOfTheirOwn = new Set([...neuronLibraryProperties, ...synapseProperties])
const kernels = (await declaredKernels()).map(({ shader }) => shader)

describe('the properties of the engine’s kernels', () => {
  testProperties(gpuProperties.filter((property) => !inFilesOfTheirOwn.has(property)))

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
