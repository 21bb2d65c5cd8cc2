import { describe } from 'vitest'
import { neuronLibraryProperties } from '../../src/properties/families/neuron-library.js'
import { testProperties } from '../support/properties.js'

describe('the properties of neurons', () => {
  testProperties(neuronLibraryProperties)
})
