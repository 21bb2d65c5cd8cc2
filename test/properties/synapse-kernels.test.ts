import { describe } from 'vitest'
import { synapseProperties } from '../../src/properties/families/synapses.js'
import { testProperties } from '../support/properties.js'

describe('the properties of synapses', () => {
  testProperties(synapseProperties)
})
