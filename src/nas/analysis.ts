/** What can be said about an architecture without running it: shared populations, silent ones, droppable edges. */
import { type Current, convolved, isSilenced, type Silence, summed, weaker } from './current.js'
import type { ArchitectureSpec, EdgeSpec, MotifCellSpec, ReductionCellSpec } from './types.js'

export type { Silence } from './current.js'

/**
 * The current that a population reads. A back edge makes a new version of its target; `stage` is the current between
 * two halvings of one input (clean semantics, inputs behind two or three reductions).
 */
export type PopulationValue =
  | { readonly kind: 'stem' }
  | { readonly kind: 'cell'; readonly cell: number }
  | { readonly kind: 'state'; readonly cell: number; readonly state: number; readonly version: number }
  | { readonly kind: 'stage'; readonly cell: number; readonly input: number; readonly stage: number }

/** A LIF population: all readers of one current fire alike, so it is computed once (sheet 00, sections 1.1 and 4.7). */
export interface Population {
  /** Unique in the architecture: `stem`, `cell1`, `cell0.state2`, `cell0.state2.v1`, `cell5.input0.stage0`. */
  readonly id: string
  readonly value: PopulationValue
  readonly channels: number
  readonly side: number
  /** channels · side² */
  readonly neurons: number
  /** How many operations of the described network own this population. */
  readonly multiplicity: number
  /** The operations: `cell0.input1`, `cell0.node3.edge1`, `cell0.node4.back`, `cell1`, `head`. */
  readonly readers: readonly string[]
  /** Whether the whole population is silent. */
  readonly silence: Silence
  /** Channels that can never fire, whatever the weights. */
  readonly silentChannels: number
}

/**
 * An edge that need not be computed. `silent`: its population does not fire, so it adds exactly zero while batch-norm
 * shifts are zero (and the sign-clipped shift, a constant a channel, once trained). `unheard`: it only adds to a
 * current that stays at or below zero and that nothing but LIF populations read.
 */
export interface DroppableEdge {
  readonly cell: number
  readonly node: number
  readonly back: boolean
  /** Index among the node's edges; null for the back edge. */
  readonly edge: number | null
  readonly from: number
  readonly reason: 'silent' | 'unheard'
  /** `untrained`: only while every batch-norm shift is zero. */
  readonly when: 'untrained' | 'always'
}

export interface PopulationCounts {
  readonly distinct: number
  readonly withMultiplicity: number
  readonly distinctNeurons: number
  readonly neuronsWithMultiplicity: number
}

export interface ArchitectureAnalysis {
  /** In the order in which they are first read. */
  readonly populations: readonly Population[]
  readonly droppableEdges: readonly DroppableEdge[]
  /** The population before pooling cannot fire: an untrained network's output does not depend on its input. */
  readonly disconnected: boolean
}

/** A current that populations may read, with the channels it is joined from. */
interface Source {
  readonly id: string
  readonly value: PopulationValue
  readonly side: number
  readonly parts: readonly { readonly channels: number; readonly current: Current }[]
}

/** One version of a motif cell's state. */
interface StateVersion {
  readonly source: Source
  readonly current: Current
  /** Versions or nodes that this current flows into unchanged, through an identity or as the version before. */
  readonly flowsInto: StateVersion[]
}

interface CellEdge {
  readonly found: Omit<DroppableEdge, 'reason' | 'when'>
  readonly convolution: boolean
  readonly silence: Silence
  target: StateVersion | null
}

class Walk {
  readonly populations = new Map<string, Population>()
  readonly droppable: DroppableEdge[] = []

  /** One operation reads a current through its LIF. */
  read(source: Source, reader: string): Silence {
    const silence = source.parts.map((part) => isSilenced(part.current)).reduce(weaker)
    const channels = source.parts.reduce((sum, part) => sum + part.channels, 0)
    const silentParts = source.parts.filter((part) => isSilenced(part.current) === 'always')
    const known = this.populations.get(source.id)
    this.populations.set(source.id, {
      id: source.id,
      value: source.value,
      channels,
      side: source.side,
      neurons: channels * source.side ** 2,
      multiplicity: (known?.multiplicity ?? 0) + 1,
      readers: [...(known?.readers ?? []), reader],
      silence,
      silentChannels: silentParts.reduce((sum, part) => sum + part.channels, 0),
    })
    return silence
  }

  reduction(cell: ReductionCellSpec, source: Source): Source {
    const silence = this.read(source, `cell${cell.index}`)
    const current = convolved('neutral', silence)
    const parts = [{ channels: cell.outputChannels, current }]
    return { id: `cell${cell.index}`, value: { kind: 'cell', cell: cell.index }, side: cell.inputSide / 2, parts }
  }

  motif(spec: ArchitectureSpec, cell: MotifCellSpec, sources: readonly Source[]): Source {
    const states = sources.map((source, position) => {
      const current = this.preprocess(spec, cell, position, source)
      return newVersion(cell, position, 0, current)
    })
    const edges: CellEdge[] = []
    for (const node of cell.nodes) {
      const incoming = node.edges.map((edge, position) => ({
        ...this.edge(cell, node.index, edge, position, states),
        flows: edge.kind === 'identity' ? states[edge.from] : undefined,
      }))
      const made = newVersion(cell, node.index, 0, summed(incoming.map((entry) => entry.current)))
      states[node.index] = made
      for (const { edge, flows } of incoming) {
        edge.target = made
        flows?.flowsInto.push(made)
        edges.push(edge)
      }
      const before = node.backEdge ? states[node.backEdge.to] : undefined
      if (!node.backEdge || !before) continue
      const back = this.edge(cell, node.index, node.backEdge.edge, null, states)
      const version = before.source.value.kind === 'state' ? before.source.value.version + 1 : 1
      const after = newVersion(cell, node.backEdge.to, version, summed([before.current, back.current]))
      states[node.backEdge.to] = after
      before.flowsInto.push(after)
      if (node.backEdge.edge.kind === 'identity') made.flowsInto.push(after)
      back.edge.target = after
      edges.push(back.edge)
    }
    this.judge(edges)
    const parts = cell.concat.flatMap((index) => states[index]?.source.parts ?? [])
    return { id: `cell${cell.index}`, value: { kind: 'cell', cell: cell.index }, side: cell.side, parts }
  }

  private preprocess(spec: ArchitectureSpec, cell: MotifCellSpec, position: number, source: Source): Current {
    const path = `cell${cell.index}.input${position}`
    const { reductions } = cell.inputs[position] ?? { reductions: 0 }
    let current = convolved('neutral', this.read(source, path))
    // the reference's second halving reads the current itself, without a population
    if (spec.space.semantics === 'reference') return current
    for (let stage = 0; stage < reductions - 1; stage++) {
      const value = { kind: 'stage', cell: cell.index, input: position, stage } as const
      const parts = [{ channels: cell.width, current }]
      const side = source.side / 2 ** (stage + 1)
      const silence = this.read({ id: `${path}.stage${stage}`, value, side, parts }, `${path}.reduce${stage + 1}`)
      current = convolved('neutral', silence)
    }
    return current
  }

  private edge(
    cell: MotifCellSpec,
    node: number,
    edge: EdgeSpec,
    position: number | null,
    states: readonly StateVersion[],
  ): { edge: CellEdge; current: Current } {
    const state = states[edge.from]
    const found = { cell: cell.index, node, back: position === null, edge: position, from: edge.from }
    if (!state || edge.kind === 'identity') {
      const current = state?.current ?? summed([])
      return { edge: { found, convolution: false, silence: 'never', target: null }, current }
    }
    const reader = `cell${cell.index}.node${node}.${position === null ? 'back' : `edge${position}`}`
    const silence = this.read(state.source, reader)
    return { edge: { found, convolution: true, silence, target: null }, current: convolved(edge.sign, silence) }
  }

  private judge(edges: readonly CellEdge[]): void {
    for (const { found, convolution, silence, target } of edges) {
      const unheard = target ? unheardness(target) : 'never'
      if (!convolution) continue
      if (unheard === 'always') this.droppable.push({ ...found, reason: 'unheard', when: 'always' })
      else if (silence !== 'never') this.droppable.push({ ...found, reason: 'silent', when: 'untrained' })
      else if (unheard === 'untrained') this.droppable.push({ ...found, reason: 'unheard', when: 'untrained' })
    }
  }
}

function newVersion(cell: MotifCellSpec, state: number, version: number, current: Current): StateVersion {
  const value = { kind: 'state', cell: cell.index, state, version } as const
  const id = `cell${cell.index}.state${state}${version > 0 ? `.v${version}` : ''}`
  return { source: { id, value, side: cell.side, parts: [{ channels: cell.width, current }] }, current, flowsInto: [] }
}

/** Whether neither a population nor a later sum can tell what this current is, as long as it is at most zero. */
function unheardness(state: StateVersion): Silence {
  return [isSilenced(state.current), ...state.flowsInto.map(unheardness)].reduce(weaker)
}

/**
 * Follows the sign of every current through the network.
 * A current that is never positive cannot make a membrane cross its (positive) threshold, so its readers are silent.
 */
export function analyseArchitecture(spec: ArchitectureSpec): ArchitectureAnalysis {
  const walk = new Walk()
  const stemCurrent = { untrained: 'any', always: 'any' } as const
  const stem: Source = {
    id: 'stem',
    value: { kind: 'stem' },
    side: spec.space.side,
    parts: [{ channels: 3 * spec.space.width, current: stemCurrent }],
  }
  const outputs: Source[] = []
  const sourceAt = (cell: number): Source => outputs[cell] ?? stem
  for (const cell of spec.cells) {
    if (cell.kind === 'reduction') outputs.push(walk.reduction(cell, sourceAt(cell.sourceCell)))
    else
      outputs.push(
        walk.motif(
          spec,
          cell,
          cell.inputs.map((input) => sourceAt(input.sourceCell)),
        ),
      )
  }
  const head = walk.read(sourceAt(spec.cells.length - 1), 'head')
  return {
    populations: [...walk.populations.values()],
    droppableEdges: walk.droppable,
    disconnected: head !== 'never',
  }
}

/** The LIF populations of an architecture, each once, with its multiplicity. */
export const populations = (spec: ArchitectureSpec): readonly Population[] => analyseArchitecture(spec).populations

/** How many populations and neurons there are, shared ones once and as the network is described. */
export function populationCounts(list: readonly Population[]): PopulationCounts {
  const sum = (pick: (population: Population) => number): number => list.reduce((n, entry) => n + pick(entry), 0)
  return {
    distinct: list.length,
    withMultiplicity: sum(({ multiplicity }) => multiplicity),
    distinctNeurons: sum(({ neurons }) => neurons),
    neuronsWithMultiplicity: sum(({ neurons, multiplicity }) => neurons * multiplicity),
  }
}
