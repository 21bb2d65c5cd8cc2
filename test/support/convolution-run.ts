export * from '../../src/properties/convolution-run.js'
