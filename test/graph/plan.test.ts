/** Memory planning, checked by running random graphs of made-up ops on tags instead of numbers. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LimitError } from '../../src/errors.js'
import { Graph, rootOf } from '../../src/graph/graph.js'
import { cutSlabs, type ExternalMemory, type Plan, planGraph } from '../../src/graph/plan.js'
import { type ActivationShape, elementsOf, type OpDefinition, type Slab, type Value } from '../../src/ops/op.js'
import type { BufferHolder, BufferView, KernelDefinition } from '../../src/runtime/kernel.js'

const kernel: KernelDefinition = { shader: 'none', bindings: {}, parameters: {}, flags: {}, workgroupSize: 64 }

interface Touch {
  readonly view: BufferView
  /** What the memory must hold, or holds afterwards. */
  readonly tag: string
  /** What the engine is told that this part of the value needs, in bytes. */
  readonly bytes: number
}

interface Step {
  readonly region: string
  readonly reads: readonly Touch[]
  readonly writes: readonly Touch[]
  readonly inPlace: boolean
}

interface FakeAttributes {
  readonly log: Step[]
  readonly region: string
  readonly scratch: number
  readonly inPlace: boolean
}

const isCut = (value: Value, slabs: readonly Slab[]) =>
  slabs.length > 1 && (value.perSlab || (value.shape !== null && value.shape.steps > 1))

/** Reads every input and writes every output at every slab; scratch is written first and read along. */
const fakeOp: OpDefinition<FakeAttributes> = {
  name: 'fake',
  lower(context, node) {
    const { log, region, scratch, inPlace } = node.attributes
    const { slabs } = context
    const touch = (value: Value, slab: Slab): Touch => {
      const root = rootOf(value)
      const cut = isCut(root, slabs)
      const elements = cut && root.shape ? elementsOf(root.dtype, { ...root.shape, steps: slab.steps }) : root.elements
      const tag = `${root.id}${cut ? `/${slab.index}` : ''}`
      return { view: context.view(value, slab), tag, bytes: elements * 4 }
    }
    const dispatch = (reads: readonly Touch[], writes: readonly Touch[]) => {
      log.push({ region, reads, writes, inPlace })
      context.dispatch({ kernel, views: {}, parameters: {}, invocations: 1 })
    }
    const held: Touch[] = []
    if (scratch > 0) {
      held.push({ view: context.scratch(scratch), tag: `scratch of ${log.length}`, bytes: scratch * 4 })
      dispatch([], held)
    }
    const boundary = (value: Value) => value.perSlab
    for (const slab of slabs) {
      const previous = slabs[slab.index - 1]
      const plain = (value: Value) => !boundary(value)
      const reads = node.inputs.filter(plain).map((value) => touch(value, slab))
      const writes = node.outputs.filter(plain).map((value) => touch(value, slab))
      for (const value of node.inputs.filter(boundary)) if (previous) reads.push(touch(value, previous))
      for (const value of node.outputs.filter(boundary)) {
        if (slab.index < slabs.length - 1) writes.push(touch(value, slab))
        if (previous) reads.push(touch(value, previous))
      }
      dispatch([...reads, ...held], writes)
    }
  },
}

interface DrawnOutput {
  readonly kind: 'current' | 'spikes' | 'constant' | 'raw' | 'boundary' | 'slot'
  readonly channels: number
}
interface DrawnNode {
  readonly inputs: readonly number[]
  readonly outputs: readonly DrawnOutput[]
  readonly scratch: number
  readonly inPlace: boolean
}

const drawnNode: fc.Arbitrary<DrawnNode> = fc.record({
  inputs: fc.array(fc.nat(1000), { maxLength: 4 }),
  outputs: fc.array(
    fc.record({
      kind: fc.constantFrom('current', 'current', 'current', 'spikes', 'constant', 'raw', 'boundary', 'slot'),
      channels: fc.integer({ min: 1, max: 70 }),
    }) as fc.Arbitrary<DrawnOutput>,
    { minLength: 1, maxLength: 3 },
  ),
  scratch: fc.constantFrom(0, 0, 1, 300, 5000),
  inPlace: fc.boolean(),
})

function makeValue(graph: Graph, { kind, channels }: DrawnOutput, timeSteps: number, name: string): Value {
  const shape: ActivationShape = { steps: timeSteps, batch: 2, height: 3, width: 3, channels }
  if (kind === 'raw') return graph.raw('u32', channels * 10, name)
  if (kind === 'boundary') return graph.raw('f32', channels * 18, name, { perSlab: true })
  if (kind === 'constant') return graph.activation('f32', { ...shape, steps: 1 }, name)
  if (kind === 'slot') return graph.activation('f32', shape, name, { kind: 'slot', name })
  return graph.activation(kind === 'spikes' ? 'spikes' : 'f32', shape, name)
}

/** Two regions one after the other; the second may read what the first made. */
function buildGraph(nodes: readonly DrawnNode[], timeSteps: number): { graph: Graph; log: Step[] } {
  const graph = new Graph()
  const log: Step[] = []
  const weights = graph.raw('f32', 40, 'weights', { storage: { kind: 'parameter', name: 'weights' } })
  let pool: { value: Value; region: string }[] = [{ value: weights, region: '' }]
  nodes.forEach((node, index) => {
    graph.region = index < nodes.length / 2 ? 'prepare' : 'step'
    const chosen = [...new Set(node.inputs.map((pick) => pool[pick % pool.length] as (typeof pool)[number]))]
    const first = chosen[0]
    const inPlace =
      node.inPlace &&
      first !== undefined &&
      first.region === graph.region &&
      !first.value.perSlab &&
      rootOf(first.value).storage.kind === 'temporary'
    const outputs = node.outputs.map((output, k) => makeValue(graph, output, timeSteps, `v${index}.${k}`))
    if (inPlace) {
      outputs[0] = graph.alias(first.value, `${first.value.label} again`)
      // whoever gave its memory away must not be read afterwards
      pool = pool.filter(({ value }) => rootOf(value) !== rootOf(first.value))
    }
    const attributes = { log, region: graph.region, scratch: node.scratch, inPlace }
    graph.emit(
      fakeOp,
      chosen.map(({ value }) => value),
      outputs,
      attributes,
    )
    for (const value of outputs) pool.push({ value, region: graph.region })
  })
  return { graph, log }
}

const external = (): ExternalMemory => {
  const holder: BufferHolder = { buffer: null }
  return { view: (value) => ({ holder, offset: 0, size: value.elements * 4 }) }
}

function expectSlabs(plan: Plan, timeSteps: number): void {
  let next = 0
  plan.slabs.forEach((slab, index) => {
    expect(slab.index).toBe(index)
    expect(slab.firstStep).toBe(next)
    expect(slab.steps).toBeGreaterThan(0)
    next += slab.steps
  })
  expect(next).toBe(timeSteps)
}

/** Runs regions on tags: whatever is read must still be what was written there. */
function execute(log: readonly Step[], order: readonly string[]): void {
  const memory = new Map<BufferHolder, string>()
  for (const region of order) {
    for (const step of log.filter((each) => each.region === region)) {
      for (const { view, tag } of step.reads) {
        const held = memory.get(view.holder)
        if (held !== undefined && held !== tag) throw new Error(`${tag} was overwritten by ${held}`)
        // never written: weights, which come from outside
        if (held === undefined) expect(tag).toBe('0')
      }
      for (const { view, tag } of step.writes) memory.set(view.holder, tag)
    }
  }
}

const bytesOf = (holder: BufferHolder): number => (holder as { bytes?: number }).bytes ?? Number.POSITIVE_INFINITY

describe('planning memory', () => {
  it('keeps every value until its last reader, within bindings, and never binds one buffer for both ways', () => {
    const graphs = fc.tuple(
      fc.array(drawnNode, { minLength: 2, maxLength: 24 }),
      fc.integer({ min: 1, max: 7 }),
      fc.integer({ min: 1, max: 4 }),
    )
    let shared = 0
    let cut = 0
    fc.assert(
      fc.property(graphs, ([nodes, timeSteps, minimumSlabs]) => {
        const { graph, log } = buildGraph(nodes, timeSteps)
        const maxBinding = 70 * 18 * 4 * 8
        const plan = planGraph(graph, external(), maxBinding, minimumSlabs)
        const longest = Math.max(
          1,
          ...graph.nodes.flatMap((node) => node.outputs.map((value) => rootOf(value).shape?.steps ?? 1)),
        )
        expectSlabs(plan, longest)
        expect(plan.dispatches.length).toBe(log.length)
        for (const step of log) {
          const read = new Set(step.reads.map(({ view }) => view.holder))
          const both = step.writes.filter(({ view }) => read.has(view.holder))
          // an op that works in place, or carries a state over the slabs, is the only one that may
          for (const { tag } of both) expect(step.inPlace && step.reads.some((r) => r.tag === tag)).toBe(true)
          const written = step.writes.map(({ view }) => view.holder)
          expect(new Set(written).size).toBe(written.length)
          for (const { view, bytes } of [...step.reads, ...step.writes]) {
            expect(view.size).toBe(Math.max(4, bytes))
            expect(view.offset + view.size).toBeLessThanOrEqual(bytesOf(view.holder))
          }
        }
        execute(log, ['prepare', 'step', 'step', 'prepare', 'step'])
        const values = new Set(graph.nodes.flatMap((node) => node.outputs.map(rootOf)))
        if (plan.slabs.length > 1) cut++
        else if (plan.slots.length < values.size) shared++
      }),
      { seed: 5, numRuns: 400 },
    )
    // the property says something only if memory was shared and tensors were cut
    expect(shared).toBeGreaterThan(20)
    expect(cut).toBeGreaterThan(20)
  })

  it('uses the memory of two tensors for a chain of any length', () => {
    const graph = new Graph()
    const log: Step[] = []
    const attributes = { log, region: 'main', scratch: 0, inPlace: false }
    const shape: ActivationShape = { steps: 2, batch: 2, height: 4, width: 4, channels: 8 }
    let value = graph.activation('f32', shape, 'first')
    graph.emit(fakeOp, [], [value], attributes)
    for (let i = 0; i < 50; i++) {
      const next = graph.activation('f32', shape, `value ${i}`)
      graph.emit(fakeOp, [value], [next], attributes)
      value = next
    }
    expect(planGraph(graph, external(), 2 ** 20).temporaryBytes).toBe(2 * 4 * elementsOf('f32', shape))
  })

  it('gives a value that several regions use memory of its own', () => {
    const graph = new Graph()
    const shape: ActivationShape = { steps: 1, batch: 2, height: 4, width: 4, channels: 8 }
    const log: Step[] = []
    const emit = (region: string, inputs: Value[]): Value => {
      const output = graph.activation('f32', shape, region)
      graph.region = region
      graph.emit(fakeOp, inputs, [output], { log, region, scratch: 0, inPlace: false })
      return output
    }
    // what "warm" made is free again when "fill" makes the shared value, but "warm" may run between "fill" and "use"
    emit('warm', [emit('warm', [])])
    const shared = emit('fill', [])
    emit('use', [shared])
    planGraph(graph, external(), 2 ** 20)
    execute(log, ['fill', 'warm', 'use'])
    const [warm, fill] = ['warm', 'fill'].map((region) =>
      log.filter((step) => step.region === region).flatMap((step) => step.writes.map(({ view }) => view.holder)),
    )
    expect(fill?.some((holder) => warm?.includes(holder))).toBe(false)
  })

  it('cuts at least as often as it is asked to', () => {
    const shape: ActivationShape = { steps: 7, batch: 1, height: 1, width: 1, channels: 100 }
    const graph = new Graph()
    graph.emit(fakeOp, [], [graph.activation('f32', shape, 'x')], {
      log: [],
      region: 'main',
      scratch: 0,
      inPlace: false,
    })
    for (const slabs of [1, 2, 3, 4, 5, 6, 7])
      expect(planGraph(graph, external(), 2 ** 20, slabs).slabs.length).toBeGreaterThanOrEqual(slabs)
  })

  it('cuts tensors into whole steps that fit a binding', () => {
    const shape: ActivationShape = { steps: 10, batch: 1, height: 1, width: 1, channels: 100 }
    const value = new Graph().activation('f32', shape, 'x')
    expect(cutSlabs([value], 1200).map(({ steps }) => steps)).toEqual([3, 3, 3, 1])
    expect(cutSlabs([value], 4000)).toHaveLength(1)
    expect(cutSlabs([value], 400)).toHaveLength(10)
  })

  it('refuses a tensor of which one step does not fit, naming it and both sizes', () => {
    const graph = new Graph()
    const shape: ActivationShape = { steps: 2, batch: 4, height: 512, width: 512, channels: 3 }
    const value = graph.activation('f32', shape, 'too wide')
    graph.emit(fakeOp, [], [value], { log: [], region: 'main', scratch: 0, inPlace: false })
    expect(() => planGraph(graph, external(), 2 ** 20)).toThrow(LimitError)
    expect(() => planGraph(graph, external(), 2 ** 20)).toThrow(/too wide: one time step needs 12 MiB.*1\.0 MiB/)
  })
})
