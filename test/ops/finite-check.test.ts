import { expect, it } from 'vitest'
import { Graph } from '../../src/graph/graph.js'
import { Program } from '../../src/graph/program.js'
import { traceFiniteCheck } from '../../src/ops/neuron/finite-check.js'
import { traceLoad } from '../../src/properties/slabbed-io.js'
import { testGpu } from '../support/gpu.js'

it.each([1, 2])('numbers that are not finite are counted, wherever they are, in %i slabs', async (minimumSlabs) => {
  const graph = new Graph()
  const shape = { steps: 4, batch: 1, height: 1, width: 1, channels: 33 }
  traceFiniteCheck(graph, traceLoad(graph, 'f32', shape, 'x'), 'current')
  const noParameters = () => {
    throw new Error('no parameters')
  }
  const program = await Program.compile(await testGpu(), graph, { view: noParameters }, { minimumSlabs })
  try {
    const x = new Float32Array(132).fill(-3e38)
    program.write('x', x)
    program.run()
    await program.wait()
    expect(await program.faults()).toEqual(new Map())
    x[0] = Number.NaN
    x[70] = Number.POSITIVE_INFINITY
    x[131] = Number.NEGATIVE_INFINITY
    program.write('x', x)
    program.run()
    await program.wait()
    expect(await program.faults()).toEqual(new Map([['current', 3]]))
  } finally {
    program.release()
  }
})
