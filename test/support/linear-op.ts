export * from '../../src/properties/linear-op.js'
