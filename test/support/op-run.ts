export * from '../../src/properties/op-run.js'
