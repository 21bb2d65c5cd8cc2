export * from '../../src/properties/lif-run.js'
