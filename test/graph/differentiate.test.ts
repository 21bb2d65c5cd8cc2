/** Reverse mode on made-up scalar ops, interpreted on the CPU: gradients must be sums over all paths. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differentiate } from '../../src/graph/differentiate.js'
import { Graph, rootOf } from '../../src/graph/graph.js'
import type { ActivationShape, OpDefinition, Value } from '../../src/ops/op.js'

const scalar: ActivationShape = { steps: 1, batch: 1, height: 1, width: 1, channels: 1 }
const lower = () => undefined

/** y = factor * parameter. */
const loadOp: OpDefinition<number> = {
  name: 'load',
  lower,
  adjoint(context, node) {
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy) return
    context.contributeParameter(node.inputs[0] as Value, (gradient, accumulate) => {
      context.emit(scaleGradientOp, [dy], [gradient], { factor: node.attributes, accumulate })
    })
  },
}

/** y = factor * x; its gradient is added into the memory of the gradient so far. */
const scaleOp: OpDefinition<number> = {
  name: 'scale',
  lower,
  recomputable: true,
  adjoint(context, node) {
    const x = node.inputs[0] as Value
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (!dy) return
    context.contribute(x, (into) => {
      const dx = into ? context.alias(into, 'dx') : context.activation('f32', scalar, 'dx')
      const attributes = { factor: node.attributes, accumulate: into !== null }
      context.emit(scaleGradientOp, into ? [dy, into] : [dy], [dx], attributes)
      return dx
    })
  },
}

const scaleGradientOp: OpDefinition<{ readonly factor: number; readonly accumulate: boolean }> = {
  name: 'scaleGradient',
  lower,
}

/** y = sum of x; all inputs share one gradient, which nobody may add into. */
const sumOp: OpDefinition<null> = {
  name: 'sum',
  lower,
  adjoint(context, node) {
    const dy = context.gradientOf(node.outputs[0] as Value)
    if (dy) for (const x of node.inputs) context.share(x, dy)
  },
}

/** Starts the backward pass with gradient 1. */
const lossOp: OpDefinition<null> = {
  name: 'loss',
  lower,
  adjoint(context, node) {
    const one = context.activation('f32', scalar, 'one')
    context.emit(oneOp, [], [one], null)
    context.share(node.inputs[0] as Value, one)
  },
}
const oneOp: OpDefinition<null> = { name: 'one', lower }

/** Runs a graph on numbers, one for each memory. */
function interpret(graph: Graph, parameters: ReadonlyMap<Value, number>): Map<Value, number> {
  const memory = new Map<Value, number>(parameters)
  const read = (value: Value | undefined) => {
    const found = value && memory.get(rootOf(value))
    if (found === undefined) throw new Error(`${value?.label} is read before it is written`)
    return found
  }
  for (const { definition, inputs, outputs, attributes } of graph.nodes) {
    const [y] = outputs
    const put = (number: number) => y && memory.set(rootOf(y), number)
    if (definition.name === 'load' || definition.name === 'scale') put(read(inputs[0]) * (attributes as number))
    else if (definition.name === 'sum' || definition.name === 'combine') {
      put(inputs.reduce((sum, x) => sum + read(x), 0))
    } else if (definition.name === 'one') put(1)
    else if (definition.name === 'scaleGradient') {
      const { factor, accumulate } = attributes as { factor: number; accumulate: boolean }
      put(read(inputs[0]) * factor + (accumulate ? read(y) : 0))
    } else if (definition.name !== 'loss') throw new Error(`no rule for ${definition.name}`)
  }
  return memory
}

function parameterOf(graph: Graph, name: string): Value {
  return graph.raw('f32', 1, name, { storage: { kind: 'parameter', name } })
}

function differentiateAll(graph: Graph, trained: readonly Value[], recompute = false): Map<Value, Value> {
  const gradients = new Map(
    trained.map((p) => [p, graph.raw('f32', 1, `d ${p.label}`, { storage: { kind: 'gradient', name: p.label } })]),
  )
  differentiate(graph, { recompute, gradientOf: (parameter) => gradients.get(parameter) ?? null })
  return gradients
}

describe('differentiation', () => {
  it('adds the contributions of all paths, whoever else reads the memory they are added into', () => {
    const node = fc.record({
      kind: fc.constantFrom('load', 'scale', 'scale', 'sum', 'sum'),
      factor: fc.integer({ min: -3, max: 3 }),
      picks: fc.array(fc.nat(1000), { minLength: 1, maxLength: 4 }),
    })
    fc.assert(
      fc.property(fc.array(node, { minLength: 1, maxLength: 14 }), fc.boolean(), (nodes, recompute) => {
        const graph = new Graph()
        const parameters = [parameterOf(graph, 'a'), parameterOf(graph, 'b')]
        const values: Value[] = []
        /** d value / d parameter, by forward mode. */
        const slopes: [number, number][] = []
        const add = (value: Value, slope: [number, number]) => {
          values.push(value)
          slopes.push(slope)
        }
        for (const { kind, factor, picks } of [{ kind: 'load', factor: 2, picks: [0] }, ...nodes]) {
          const y = graph.activation('f32', scalar, `v${values.length}`)
          const at = (pick: number) => pick % values.length
          if (kind === 'load') {
            const which = (picks[0] as number) % 2
            graph.emit(loadOp, [parameters[which] as Value], [y], factor)
            add(y, which === 0 ? [factor, 0] : [0, factor])
          } else if (kind === 'scale') {
            const from = at(picks[0] as number)
            const [a, b] = slopes[from] as [number, number]
            graph.emit(scaleOp, [values[from] as Value], [y], factor)
            add(y, [factor * a, factor * b])
          } else {
            const from = picks.map(at)
            const inputs = from.map((index) => values[index] as Value)
            graph.emit(sumOp, inputs, [y], null)
            const total = (which: 0 | 1) => from.reduce((sum, index) => sum + (slopes[index]?.[which] ?? 0), 0)
            add(y, [total(0), total(1)])
          }
        }
        graph.emit(lossOp, [values[values.length - 1] as Value], [], null)
        const gradients = differentiateAll(graph, parameters, recompute)
        const memory = interpret(graph, new Map(parameters.map((p) => [p, 1])))
        const expected = slopes[slopes.length - 1] as [number, number]
        parameters.forEach((parameter, which) => {
          const found = memory.get(gradients.get(parameter) as Value) ?? 0
          expect(Math.abs(found - (expected[which] as number))).toBe(0)
        })
      }),
      { seed: 11, numRuns: 500 },
    )
  })

  it.each([1, 2, 3, 5])('asks for one contribution from each of %i readers', (readers) => {
    const graph = new Graph()
    const parameter = parameterOf(graph, 'a')
    const x = graph.activation('f32', scalar, 'x')
    graph.emit(loadOp, [parameter], [x], 1)
    const outputs = Array.from({ length: readers }, (_, k) => {
      const y = graph.activation('f32', scalar, `y${k}`)
      graph.emit(scaleOp, [x], [y], k + 1)
      return y
    })
    const sum = graph.activation('f32', scalar, 'sum')
    graph.emit(sumOp, outputs, [sum], null)
    graph.emit(lossOp, [sum], [], null)
    const forward = graph.nodes.length
    differentiateAll(graph, [parameter])
    const backward = graph.nodes.slice(forward).filter((node) => node.definition.name === 'scaleGradient')
    const intoX = backward.filter((node) => node.outputs[0]?.storage.kind !== 'gradient')
    expect(intoX).toHaveLength(readers)
    // only the first starts from nothing, and all land in one memory
    expect(intoX.filter((node) => (node.attributes as { accumulate: boolean }).accumulate)).toHaveLength(readers - 1)
    expect(new Set(intoX.map((node) => rootOf(node.outputs[0] as Value))).size).toBe(1)
  })

  it('leaves out what depends on nothing that is trained', () => {
    const graph = new Graph()
    const [trained, frozen] = [parameterOf(graph, 'trained'), parameterOf(graph, 'frozen')]
    const x = graph.activation('f32', scalar, 'x')
    const y = graph.activation('f32', scalar, 'y')
    const z = graph.activation('f32', scalar, 'z')
    const sum = graph.activation('f32', scalar, 'sum')
    graph.emit(loadOp, [frozen], [x], 1)
    graph.emit(scaleOp, [x], [y], 1)
    graph.emit(loadOp, [trained], [z], 4)
    graph.emit(sumOp, [y, z], [sum], null)
    graph.emit(lossOp, [sum], [], null)
    const forward = graph.nodes.length
    const gradients = differentiateAll(graph, [trained])
    const backward = graph.nodes.slice(forward)
    expect(backward.map((node) => node.definition.name)).toEqual(['one', 'scaleGradient'])
    expect(backward[1]?.outputs).toEqual([gradients.get(trained)])
  })
})
