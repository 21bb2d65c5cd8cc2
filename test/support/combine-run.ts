export * from '../../src/properties/combine-run.js'
