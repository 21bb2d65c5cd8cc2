export * from '../../src/properties/slabbed-io.js'
