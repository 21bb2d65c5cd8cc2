/** Runs a layer on the GPU of the tests. */
import { type LayerResult, type LayerRun, runLayer as runOn } from '../../src/properties/layer-run.js'
import { testGpu } from './gpu.js'

export { type LayerResult, type LayerRun, traceLayer } from '../../src/properties/layer-run.js'

export const runLayer = async (run: LayerRun): Promise<LayerResult> => runOn(await testGpu(), run)
