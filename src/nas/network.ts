/** From a decoded architecture to a traced network (sheet 00, sections 1 and 2). */

import { linear } from '../nn/index.js'
import type { Scope } from '../nn/scope.js'
import { type CombineEdge, traceCombine } from '../ops/combine.js'
import { traceConcatenate } from '../ops/concatenate.js'
import { traceConvolution } from '../ops/convolution.js'
import { mseNasLif, traceLif } from '../ops/lif.js'
import { pixelsOf, shapeOf, type Value } from '../ops/op.js'
import { traceGlobalAveragePool } from '../ops/pooling.js'
import type { ArchitectureSpec, EdgeSpec, MotifCellSpec, ReductionCellSpec } from './types.js'

export interface NetworkOptions {
  /** Do not run edges that can never carry a spike (exact while batch-norm shifts are zero: untrained networks). */
  readonly skipSilent: boolean
}

/** Edges that drop-path may drop: every convolution of a node except back edges. */
export const droppableEdges = (spec: ArchitectureSpec): number =>
  spec.cells.reduce(
    (sum, cell) =>
      sum +
      (cell.kind === 'motif'
        ? cell.nodes.reduce((n, node) => n + node.edges.filter((edge) => edge.kind === 'convolution').length, 0)
        : 0),
    0,
  )

/** FactorizedReduce has two convolutions; the second sees the image without its first row and column. */
const reductionCrops = [0, 1]

/**
 * Output of a cell (or the stem): currents to be concatenated. Kept apart so that each is turned into spikes once,
 * whoever reads it, and no concatenated current is ever stored.
 */
type Parts = readonly Value[]

class NetworkBuilder {
  private readonly scope: Scope
  private readonly spec: ArchitectureSpec
  private readonly options: NetworkOptions
  /** Populations that read the same current value fire once. */
  private readonly fired = new Map<Value, Value>()
  private readonly joined = new Map<Parts, Value>()
  private readonly uses = new Map<Value, { spikes: Value; path: string; count: number }>()
  /** Currents that are at most zero for ever, because only inhibition feeds them: nobody reading them ever fires. */
  private readonly nonPositive = new Set<Value>()
  /** Populations of the described network that cannot fire, as records of zeros: neurons and how often. */
  readonly silent: { neurons: number; count: number }[] = []

  constructor(scope: Scope, spec: ArchitectureSpec, options: NetworkOptions) {
    this.scope = scope
    this.spec = spec
    this.options = options
  }

  private spikesOf(current: Value): Value {
    const known = this.fired.get(current)
    if (known) return known
    const { spikes } = traceLif(
      this.scope.graph,
      current,
      { parameters: mseNasLif, timeSteps: this.scope.timeSteps },
      `spikes of ${current.label}`,
    )
    this.fired.set(current, spikes)
    return spikes
  }

  /** Spikes of a cell's output: of each part, then joined as bits. Counts one population of the described network. */
  private spikesOfParts(parts: Parts, path: string): Value {
    const known = this.joined.get(parts)
    const spikes =
      known ??
      traceConcatenate(
        this.scope.graph,
        parts.map((part) => this.spikesOf(part)),
        `spikes of ${path}`,
      )
    this.joined.set(parts, spikes)
    this.count(spikes, path)
    return spikes
  }

  private count(spikes: Value, path: string): void {
    const use = this.uses.get(spikes)
    if (use) use.count++
    else this.uses.set(spikes, { spikes, path, count: 1 })
  }

  /** Convolution and batch norm of spikes (or a bare convolution of a current). */
  private convolve(
    scope: Scope,
    x: Value,
    channels: number,
    kernel: number,
    stride: number,
    crops: readonly number[],
  ): CombineEdge {
    const input = shapeOf(x)
    const branches = crops.map((crop) => ({ channels: channels / crops.length, crop }))
    const weights = branches.map((branch, index) =>
      scope.convolutionWeights(crops.length > 1 ? `weight${index}` : 'weight', kernel, input.channels, branch.channels),
    )
    const { y, moments } = traceConvolution(scope.graph, x, weights, {
      kernel,
      stride,
      padding: Math.floor(kernel / 2),
      branches,
      moments: scope.mode === 'train',
    })
    scope.recordConvolution({
      macs: pixelsOf(shapeOf(y)) * channels * kernel * kernel * input.channels,
      source: x.dtype === 'spikes' ? x : null,
      constant: x.dtype !== 'spikes' && input.steps === 1,
    })
    return { x: y, norm: scope.batchNorm(y, moments) }
  }

  /** FactorizedReduce: half the side, two convolutions of which the second sees the image without its first row and column. */
  private reduce(scope: Scope, parts: Parts, channels: number): Value {
    const spikes = this.spikesOfParts(parts, scope.path)
    return traceCombine(scope.graph, [this.convolve(scope, spikes, channels, 3, 2, reductionCrops)], scope.path)
  }

  private preprocess(cell: MotifCellSpec, position: number, source: Parts): Value {
    const input = cell.inputs[position]
    if (!input) throw new Error(`cell ${cell.index} has no input ${position}`)
    const scope = this.scope.child(`cell${cell.index}.input${position}`)
    if (input.reductions === 0) {
      return traceCombine(
        scope.graph,
        [this.convolve(scope, this.spikesOfParts(source, scope.path), cell.width, 1, 1, [0])],
        scope.path,
      )
    }
    let current = this.reduce(scope.child('reduce0'), source, cell.width)
    for (let n = 1; n < input.reductions; n++) {
      const next = scope.child(`reduce${n}`)
      if (this.spec.space.semantics === 'clean') {
        current = this.reduce(next, [current], cell.width)
      } else {
        const weights = next.convolutionWeights('weight', 3, cell.width, cell.width)
        const { y } = traceConvolution(next.graph, current, [weights], {
          kernel: 3,
          stride: 2,
          padding: 1,
          branches: [{ channels: cell.width, crop: 0 }],
          moments: false,
        })
        next.recordConvolution({
          macs: pixelsOf(shapeOf(y)) * cell.width * 9 * cell.width,
          source: null,
          constant: false,
        })
        current = y
      }
    }
    return current
  }

  /** One incoming edge; null for one that can never carry anything and is not run. */
  private edge(
    cell: MotifCellSpec,
    edge: EdgeSpec,
    states: readonly (Value | undefined)[],
    scope: Scope,
    droppable: boolean,
  ): CombineEdge | null {
    const current = states[edge.from]
    if (!current) throw new Error(`cell ${cell.index} reads state ${edge.from} before it exists`)
    if (edge.kind === 'identity') return { x: current }
    const drop = droppable ? scope.dropEdge() : null
    if (this.options.skipSilent && this.nonPositive.has(current)) {
      this.silent.push({ neurons: cell.width * cell.side * cell.side, count: 1 })
      return null
    }
    const spikes = this.spikesOf(current)
    this.count(spikes, scope.path)
    return { ...this.convolve(scope, spikes, cell.width, edge.kernel, 1, [0]), sign: edge.sign, drop }
  }

  private motif(cell: MotifCellSpec, sources: readonly Parts[]): Parts {
    const states: (Value | undefined)[] = sources.map((source, position) => this.preprocess(cell, position, source))
    const template = states[0] as Value
    for (const node of cell.nodes) {
      const scope = this.scope.child(`cell${cell.index}.node${node.index}`)
      const edges = node.edges.map((edge, k) => this.edge(cell, edge, states, scope.child(`edge${k}`), true))
      states[node.index] = this.sum(edges, template, scope)
      if (!node.backEdge) continue
      const { to, edge } = node.backEdge
      const target = states[to] as Value
      const back = this.edge(cell, edge, states, scope.child('back'), false)
      // the target becomes a new value: readers before and after it see different currents
      if (back) states[to] = this.sum([{ x: target }, back], template, scope)
    }
    return cell.concat.map((index) => states[index] as Value)
  }

  private sum(edges: readonly (CombineEdge | null)[], template: Value, scope: Scope): Value {
    const live = edges.filter((edge) => edge !== null)
    const node = live.length > 0 ? traceCombine(scope.graph, live, scope.path) : this.zeros(template)
    if (live.every((edge) => edge.sign === 'inhibitory' || this.nonPositive.has(edge.x))) this.nonPositive.add(node)
    return node
  }

  /** A node without input: a current of zeros, made by clipping a current from both sides. */
  private zeros(like: Value): Value {
    const positive = traceCombine(this.scope.graph, [{ x: like, sign: 'excitatory' }], 'positive part')
    return traceCombine(this.scope.graph, [{ x: positive, sign: 'inhibitory' }], 'zeros')
  }

  private reduction(cell: ReductionCellSpec, source: Parts): Parts {
    return [this.reduce(this.scope.child(`cell${cell.index}`), source, cell.outputChannels)]
  }

  build(input: Value): Value {
    const { space } = this.spec
    const stemScope = this.scope.child('stem')
    const stem: Parts = [
      traceCombine(stemScope.graph, [this.convolve(stemScope, input, 3 * space.width, 3, 1, [0])], 'stem'),
    ]
    let sources: Parts[] = Array.from({ length: this.spec.cellType }, () => stem)
    for (const cell of this.spec.cells) {
      const output =
        cell.kind === 'reduction'
          ? this.reduction(cell, sources[sources.length - 1] as Parts)
          : this.motif(cell, sources)
      sources = [...sources.slice(1), output]
    }
    const headScope = this.scope.child('head')
    const spikes = this.spikesOfParts(sources[sources.length - 1] as Parts, 'head')
    const logits = linear(space.classes)(headScope, traceGlobalAveragePool(this.scope.graph, spikes))
    for (const use of this.uses.values()) this.scope.child(use.path).record(use.spikes, use.count)
    return logits
  }
}

/**
 * Traces the network of an architecture.
 * @param input image current `[1, B, C, H, W]` or event frames `[T, B, 2, H, W]`
 * @returns logits `[T, B, classes, 1, 1]` and the populations that were left out because they can never fire
 */
export function traceArchitecture(
  scope: Scope,
  spec: ArchitectureSpec,
  input: Value,
  options: NetworkOptions,
): { logits: Value; silent: readonly { neurons: number; count: number }[] } {
  const builder = new NetworkBuilder(scope, spec, options)
  const logits = builder.build(input)
  return { logits, silent: builder.silent }
}
