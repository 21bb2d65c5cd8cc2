export * from '../../src/properties/convolution-cases.js'
