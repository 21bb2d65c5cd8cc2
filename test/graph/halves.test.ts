/** Which activations are stored as f16: the whole pass is a decision, so it is tested without a GPU where that is enough. */
import { describe, expect, it } from 'vitest'
import { Graph } from '../../src/graph/graph.js'
import { storeHalves } from '../../src/graph/halves.js'
import { planGraph } from '../../src/graph/plan.js'
import { traceCombine } from '../../src/ops/combine.js'
import { traceFlatten } from '../../src/ops/flatten.js'
import { defaultLif, traceLif } from '../../src/ops/lif.js'
import type { ActivationShape, OpDefinition, Value } from '../../src/ops/op.js'
import { isHalf } from '../../src/ops/op.js'
import { traceTimeMean } from '../../src/ops/time-sums.js'

const shape: ActivationShape = { steps: 4, batch: 2, height: 3, width: 3, channels: 8 }

const slot = (graph: Graph, of: ActivationShape): Value => graph.activation('f32', of, 'x', { kind: 'slot', name: 'x' })

/** A node of two edges of the input, read by LIF neurons and by whatever else is given. */
function traced(of: ActivationShape, more: (graph: Graph, current: Value) => unknown = () => undefined) {
  const graph = new Graph()
  const x = slot(graph, of)
  const current = traceCombine(graph, [{ x }, { x, sign: 'excitatory' }])
  traceLif(graph, current, { parameters: defaultLif, timeSteps: of.steps })
  more(graph, current)
  return graph
}

const anywhere = { view: () => ({ holder: { buffer: null }, offset: 0, size: 0 }) }
const bytesOf = (graph: Graph, slabs = 1) => planGraph(graph, anywhere, 2 ** 27, slabs).temporaryBytes

describe('activations that are stored as f16', () => {
  it('are those that all ops around them can take, in half the bytes', () => {
    for (const slabs of [1, 3]) {
      const [plain, half] = [traced(shape), traced(shape)]
      expect(storeHalves(half)).toBe(1)
      const current = 4 * 2 * 9 * 8 * 4
      expect(bytesOf(plain, slabs) - bytesOf(half, slabs)).toBe(current / 2)
    }
  })

  it.each([
    ['channels do not come in fours', () => traced({ ...shape, channels: 6 })],
    ['another op reads the value', () => traced(shape, traceTimeMean)],
    ['another shape shares the memory', () => traced(shape, traceFlatten)],
    [
      'an op that was not asked reads it',
      () =>
        traced(shape, (graph, current) => {
          const other: OpDefinition<null> = { name: 'other', lower: () => undefined }
          graph.emit(other, [current], [], null)
        }),
    ],
  ])('are none where %s', (_, trace) => {
    const graph = trace()
    const nodes = [...graph.nodes]
    expect(storeHalves(graph)).toBe(0)
    expect(graph.nodes).toEqual(nodes)
  })

  it('are not inputs and outputs of the program, nor sums of more than two edges', () => {
    const graph = new Graph()
    const x = slot(graph, shape)
    const sum = traceCombine(graph, [{ x }, { x }, { x }])
    traceLif(graph, sum, { parameters: defaultLif, timeSteps: shape.steps })
    expect(storeHalves(graph)).toBe(0)
    for (const { inputs } of graph.nodes) expect(inputs.some(isHalf)).toBe(false)
  })
})
