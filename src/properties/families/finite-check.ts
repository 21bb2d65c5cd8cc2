/** Numbers that are not finite are counted, wherever they are. */
import * as fc from 'fast-check'
import { NumericError } from '../../errors.js'
import { Graph } from '../../graph/graph.js'
import { storeHalves } from '../../graph/halves.js'
import { Program } from '../../graph/program.js'
import { traceFiniteCheck } from '../../ops/neuron/finite-check.js'
import type { ActivationShape } from '../../ops/op.js'
import type { Gpu } from '../../runtime/gpu.js'
import { activationShape, countOf } from '../op-run.js'
import { type GpuProperty, gpuProperty } from '../property.js'
import { traceLoad } from '../slabbed-io.js'

interface FiniteCase {
  readonly shape: ActivationShape
  readonly slabs: number
  /** The numbers are stored as f16. */
  readonly half: boolean
  /** Places and contents of numbers that are not finite. */
  readonly faults: readonly (readonly [place: number, number: number])[]
}

const finiteCase: fc.Arbitrary<FiniteCase> = fc
  .record({
    shape: activationShape(),
    slabs: fc.integer({ min: 1, max: 3 }),
    half: fc.boolean(),
    faults: fc.array(
      fc.tuple(fc.nat({ max: 6000 }), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)),
      { maxLength: 40 },
    ),
  })
  .map((drawn) => ({ ...drawn, slabs: Math.min(drawn.slabs, drawn.shape.steps) }))

async function expectCounted(gpu: Gpu, { shape, slabs, half, faults }: FiniteCase): Promise<void> {
  const graph = new Graph()
  traceFiniteCheck(graph, traceLoad(graph, 'f32', shape, 'x'), 'current')
  if (half) storeHalves(graph)
  const noParameters = () => {
    throw new Error('a check of numbers has no parameters')
  }
  const program = await Program.compile(gpu, graph, { view: noParameters }, { minimumSlabs: slabs })
  try {
    const finite = new Float32Array(countOf(shape)).fill(-3e38)
    const x = finite.slice()
    for (const [place, number] of faults) x[place % x.length] = number
    for (const numbers of [finite, x]) {
      const expected = numbers.filter((number) => !Number.isFinite(number)).length
      program.write('x', numbers)
      program.run()
      await program.wait()
      const counted = (await program.faults()).get('current') ?? 0
      if (counted !== expected) throw new NumericError('faults', `must be ${expected}; counted were ${counted}.`)
    }
  } finally {
    program.release()
  }
}

export const finiteCheckProperties: readonly GpuProperty[] = [
  gpuProperty<FiniteCase>({
    name: 'check of numbers: NaN and infinities are counted in any number of slabs',
    kernels: ['neuron/finite_check', 'testing/convert_halves'],
    cases: finiteCase,
    holds: expectCounted,
  }),
]
