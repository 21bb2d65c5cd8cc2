/**
 * Memory planning: which values share a buffer, and where slabs are cut.
 *
 * A tensor that exceeds the largest binding is cut into slabs of whole time steps; all activations of a program are cut
 * at the same steps, so that an op walks slabs of its inputs and outputs together. Every live value has a buffer of its
 * own, because WebGPU refuses a buffer that is read and written by one dispatch.
 */
import { LimitError } from '../errors.js'
import { maxStepsPerSlab } from '../ops/neuron/kernels.js'
import { type DispatchRequest, elementsOf, isHalf, type LoweringContext, type Slab, type Value } from '../ops/op.js'
import { mebibytes } from '../runtime/buffer-pool.js'
import { costOf } from '../runtime/cost.js'
import type { BufferHolder, BufferView, Cost } from '../runtime/kernel.js'
import { portableVariants, type Variants } from '../runtime/variants.js'
import { type Graph, type GraphNode, rootOf } from './graph.js'

export interface Slot extends BufferHolder {
  bytes: number
}

/** Memory outside a program: parameters, gradients, states. */
export interface ExternalMemory {
  view(value: Value): BufferView
}

export interface PlannedDispatch extends DispatchRequest {
  readonly region: string
  readonly label: string
  readonly cost: Cost
}

export interface Plan {
  readonly dispatches: readonly PlannedDispatch[]
  readonly slots: readonly Slot[]
  /** Named program slots for the host, in parts of whole time steps where slabs cut them. */
  readonly named: ReadonlyMap<string, { readonly value: Value; readonly parts: readonly Slot[] }>
  readonly unused: readonly Slot[]
  readonly stepUniforms: ReadonlyMap<string, Slot>
  readonly slabs: readonly Slab[]
  /** Bytes of temporary memory, after sharing. */
  readonly temporaryBytes: number
}

const unusedSlots = 8

/** Slabs of equal step counts so that the widest activation fits one binding. */
export function cutSlabs(values: Iterable<Value>, maxBinding: number): Slab[] {
  let steps = 1
  let stepsPerSlab = maxStepsPerSlab
  for (const value of values) {
    if (!value.shape) continue
    steps = Math.max(steps, value.shape.steps)
    const perStep = 4 * elementsOf(value.dtype, { ...value.shape, steps: 1 })
    if (perStep > maxBinding) {
      throw new LimitError(
        value.label,
        `one time step needs ${mebibytes(perStep)}, the device binds at most ${mebibytes(maxBinding)}.`,
        'Use a smaller batch or fewer channels.',
      )
    }
    stepsPerSlab = Math.min(stepsPerSlab, Math.floor(maxBinding / perStep))
  }
  const count = Math.ceil(steps / stepsPerSlab)
  const even = Math.ceil(steps / count)
  return Array.from({ length: Math.ceil(steps / even) }, (_, index) => ({
    index,
    firstStep: index * even,
    steps: Math.min(even, steps - index * even),
  }))
}

/** Greedy allocator over slots that grow: buffers are made only after the whole plan is known. */
class SlotAllocator {
  readonly slots: Slot[] = []
  private readonly free = new Set<Slot>()

  take(bytes: number): Slot {
    let best: Slot | null = null
    let largest: Slot | null = null
    for (const slot of this.free) {
      if (slot.bytes >= bytes && slot.bytes <= 4 * bytes + 65536 && (!best || slot.bytes < best.bytes)) best = slot
      if (slot.bytes < bytes && slot.bytes * 4 >= bytes && (!largest || slot.bytes > largest.bytes)) largest = slot
    }
    const chosen = best ?? largest
    if (chosen) {
      this.free.delete(chosen)
      chosen.bytes = Math.max(chosen.bytes, bytes)
      return chosen
    }
    return this.fresh(bytes)
  }

  /** A slot that nothing had before. */
  fresh(bytes: number): Slot {
    const slot: Slot = { buffer: null, bytes }
    this.slots.push(slot)
    return slot
  }

  give(slot: Slot): void {
    this.free.add(slot)
  }
}

/** A kernel that takes f16 for f32 would run and be wrong. @throws Error unless there is a flag for each f16 binding */
function checkHalves({ kernel, flags = {}, views }: DispatchRequest, halves: WeakSet<BufferView>): void {
  const bound = Object.values(views).filter((view) => halves.has(view)).length
  const told = Object.entries(flags).filter(([flag, value]) => flag.startsWith('HALF') && value === true).length
  if (bound !== told) throw new Error(`${kernel.shader} is bound to ${bound} f16 activations and told of ${told}`)
}

const isTemporary = (value: Value) => value.storage.kind === 'temporary'

/** @throws LimitError when a tensor cannot be bound even one step at a time */
export function planGraph(
  graph: Graph,
  external: ExternalMemory,
  maxBinding: number,
  minimumSlabs = 1,
  variants: Variants = portableVariants,
): Plan {
  const nodes = graph.nodes
  const lastUse = new Map<Value, number>()
  const regionsOf = new Map<Value, Set<string>>()
  const all = new Set<Value>()
  nodes.forEach((node, index) => {
    for (const value of [...node.inputs, ...node.outputs]) {
      const root = rootOf(value)
      all.add(root)
      lastUse.set(root, index)
      const regions = regionsOf.get(root) ?? new Set()
      regions.add(node.region)
      regionsOf.set(root, regions)
    }
  })
  /** Read or written by several regions, which the host runs in any order: its memory is its own. */
  const isShared = (value: Value): boolean => (regionsOf.get(value)?.size ?? 0) > 1
  const slabs = cutSlabs(all, minimumSlabs > 1 ? largestStep(all, minimumSlabs, maxBinding) : maxBinding)
  const allocator = new SlotAllocator()
  const memory = new Map<Value, Slot[]>()
  const named = new Map<string, { value: Value; parts: readonly Slot[] }>()
  const fixed: Slot[] = []
  const unused: Slot[] = Array.from({ length: unusedSlots }, () => ({ buffer: null, bytes: 256 }))
  const stepUniforms = new Map<string, Slot>()

  const bytesOfParts = (value: Value): number[] => {
    if (value.perSlab) return slabs.slice(1).map(() => value.elements * 4)
    const { shape } = value
    if (!shape || shape.steps === 1 || slabs.length === 1) return [value.elements * 4]
    return slabs.map((slab) => 4 * elementsOf(value.dtype, { ...shape, steps: slab.steps }))
  }

  const allocate = (value: Value): void => {
    if (memory.has(value)) return
    if (value.storage.kind === 'slot') {
      const parts = bytesOfParts(value).map((bytes): Slot => ({ buffer: null, bytes: Math.max(bytes, 4) }))
      fixed.push(...parts)
      memory.set(value, parts)
      named.set(value.storage.name, { value, parts })
    } else if (isTemporary(value)) {
      memory.set(
        value,
        bytesOfParts(value).map((bytes) =>
          isShared(value) ? allocator.fresh(Math.max(bytes, 4)) : allocator.take(Math.max(bytes, 4)),
        ),
      )
    }
  }

  const halves = new WeakSet<BufferView>()
  const view = (value: Value, slab?: Slab): BufferView => {
    const root = rootOf(value)
    if (root.storage.kind !== 'temporary' && root.storage.kind !== 'slot') return external.view(root)
    const parts = memory.get(root)
    const part = parts?.[parts.length > 1 || root.perSlab ? (slab?.index ?? 0) : 0]
    if (!part) throw new Error(`${root.label} has no memory here`)
    if (parts.length > 1 && !slab && !root.perSlab) {
      throw new LimitError(
        root.label,
        'must fit into one binding as a whole and does not.',
        'Use a smaller batch or fewer steps.',
      )
    }
    const size = bytesOfParts(root)[parts.length > 1 || root.perSlab ? (slab?.index ?? 0) : 0] ?? 4
    const found = { holder: part, offset: 0, size: Math.max(4, Math.ceil(size / 4) * 4) }
    if (isHalf(root)) halves.add(found)
    return found
  }

  const dispatches: PlannedDispatch[] = []
  const isUnused = ({ holder }: BufferView) => unused.some((slot) => slot === holder)
  const lower = (node: GraphNode): void => {
    const scratches: Slot[] = []
    const context: LoweringContext = {
      slabs,
      variants,
      view,
      scratch(elements) {
        const slot = allocator.take(elements * 4)
        scratches.push(slot)
        return { holder: slot, offset: 0, size: elements * 4 }
      },
      unused: (slot) => ({ holder: unused[slot] as Slot, offset: 0, size: 256 }),
      stepUniform(name) {
        const slot = stepUniforms.get(name) ?? { buffer: null, bytes: 16 }
        stepUniforms.set(name, slot)
        return { holder: slot, offset: 0, size: 16 }
      },
      dispatch: (request) => {
        checkHalves(request, halves)
        dispatches.push({
          ...request,
          region: node.region,
          label: request.label ?? node.definition.name,
          cost: costOf(request, isUnused),
        })
      },
    }
    node.definition.lower(context, node)
    for (const slot of scratches) allocator.give(slot)
  }

  nodes.forEach((node, index) => {
    for (const value of [...node.inputs, ...node.outputs]) allocate(rootOf(value))
    lower(node)
    const done = new Set([...node.inputs, ...node.outputs].map(rootOf))
    for (const value of done) {
      if (isTemporary(value) && lastUse.get(value) === index && !isShared(value))
        for (const slot of memory.get(value) ?? []) allocator.give(slot)
    }
  })
  return {
    dispatches,
    slots: [...allocator.slots, ...fixed],
    named,
    unused,
    stepUniforms,
    slabs,
    temporaryBytes: allocator.slots.reduce((sum, slot) => sum + slot.bytes, 0),
  }
}

/** A binding size that forces at least so many slabs: lets tests cut small tensors. */
function largestStep(values: Iterable<Value>, minimumSlabs: number, maxBinding: number): number {
  let widest = 1
  for (const value of values)
    if (value.shape) widest = Math.max(widest, 4 * elementsOf(value.dtype, { ...value.shape, steps: 1 }))
  let steps = 1
  for (const value of values) if (value.shape) steps = Math.max(steps, value.shape.steps)
  let stepsPerSlab = Math.ceil(steps / minimumSlabs)
  while (stepsPerSlab > 1 && Math.ceil(steps / stepsPerSlab) < minimumSlabs) stepsPerSlab--
  return Math.min(maxBinding, widest * stepsPerSlab)
}
