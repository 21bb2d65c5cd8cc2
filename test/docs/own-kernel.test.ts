import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { softsign } from '../../examples/own-kernel.js'
import { type ActivationShape, differentiate, Graph, imagesOf, neuronsOf, Program } from '../../src/index.js'
import { ModelMemory } from '../../src/nn/memory.js'
import { ParameterTable } from '../../src/nn/parameters.js'
import { Scope } from '../../src/nn/scope.js'
import { traceLoad, traceSeed, traceStore } from '../../src/properties/slabbed-io.js'
import { activationExtent, checkGradient, dot, expectClose, moderateTensor } from '../../src/testing/index.js'
import { testGpu } from '../support/gpu.js'

/** float64, from the formula and its derivative on paper. */
const oracle = (x: number): number => x / (1 + Math.abs(x))
const oracleSlope = (x: number): number => 1 / (1 + Math.abs(x)) ** 2

const floats = (words: Uint32Array) => new Float32Array(words.buffer, words.byteOffset, words.length)
const words = (values: Float64Array) => new Uint32Array(Float32Array.from(values).buffer)

/** Runs the layer on x in several places at once; the gradients of all of them arrive at x. */
async function runSoftsign(
  shape: ActivationShape,
  x: Float64Array,
  dys: readonly Float64Array[],
  minimumSlabs: number,
) {
  const gpu = await testGpu()
  const graph = new Graph()
  const scope = new Scope({
    graph,
    parameters: new ParameterTable(),
    states: new ParameterTable(),
    mode: 'train',
    timeSteps: shape.steps,
    batch: shape.batch,
    statistics: 'perStep',
    runningAverages: false,
    dropPath: null,
  })
  const input = traceLoad(graph, 'f32', shape, 'x', 'dx')
  dys.forEach((_, reader) => {
    const y = softsign()(scope, input)
    if (reader === 0) traceStore(graph, y, 'y')
    traceSeed(graph, y, `dy${reader}`)
  })
  differentiate(graph, { gradientOf: ({ storage }) => (storage.kind === 'parameter' ? input : null) })
  const memory = new ModelMemory(gpu, new ParameterTable(), new ParameterTable())
  const program = await Program.compile(gpu, graph, memory, { minimumSlabs })
  try {
    program.write('x', words(x))
    dys.forEach((dy, reader) => {
      program.write(`dy${reader}`, words(dy))
    })
    program.run()
    const [y = new Uint32Array(), dx = new Uint32Array()] = await program.readManyWords(['y', 'dx'])
    return { y: floats(y), dx: floats(dx), slabs: program.counters.slabs }
  } finally {
    program.release()
    memory.release()
  }
}

describe('an op with a kernel of its own', () => {
  it('computes what its float64 oracle computes, forward and backward', async () => {
    const drawn = activationExtent(400).chain(({ timeSteps, ...rest }) => {
      const shape = { steps: timeSteps, ...rest }
      const tensor = moderateTensor(imagesOf(shape) * neuronsOf(shape))
      return fc.record({ shape: fc.constant(shape), x: tensor, dy: tensor })
    })
    await fc.assert(
      fc.asyncProperty(drawn, async ({ shape, x, dy }) => {
        const { y, dx } = await runSoftsign(shape, x, [dy], 1)
        expectClose(y, x.map(oracle), { absolute: 1e-6 })
        const expected = dy.map((value, i) => value * oracleSlope(x[i] ?? Number.NaN))
        expectClose(dx, expected, { absolute: 1e-6 })
      }),
      { numRuns: 12 },
    )
  })

  it('has the slope that finite differences of the oracle have', () => {
    const x = Float64Array.of(-2, -0.5, 0.25, 1.5)
    checkGradient(
      (at) => dot(at.map(oracle), [1, 2, 3, 4]),
      x,
      x.map((v, i) => (i + 1) * oracleSlope(v)),
    )
  })

  it('adds the gradients of two readers, in slabs of time steps as well', async () => {
    const shape = { steps: 4, batch: 2, height: 3, width: 3, channels: 5 }
    const count = imagesOf(shape) * neuronsOf(shape)
    const x = Float64Array.from({ length: count }, (_, i) => ((i * 37) % 101) / 25 - 2)
    const dys = [1, 2].map((k) => Float64Array.from({ length: count }, (_, i) => ((i * 13 * k) % 17) / 16 - 0.5))
    const expected = x.map((v, i) => ((dys[0]?.[i] ?? 0) + (dys[1]?.[i] ?? 0)) * oracleSlope(v))
    for (const slabs of [1, 2, 4]) {
      const result = await runSoftsign(shape, x, dys, slabs)
      expect(result.slabs).toBe(slabs)
      expectClose(result.dx, expected, { absolute: 1e-6 })
    }
  })
})
