/** Size of a decoded network: populations, weights, operations (sheet 00, section 2). */
import type { CellSpec, MotifCellSpec, SearchSpace } from './types.js'

export interface ArchitectureCounts {
  /** LIF populations with multiplicity, the one before pooling included. */
  readonly lifPopulations: number
  /** Weights: convolutions, 2 a batch-norm channel, linear with bias. */
  readonly parameters: number
  /** Multiply-accumulates of stem, convolutions and linear layer, one time step, one sample. */
  readonly macsPerStep: number
}

class Tally {
  lifPopulations = 0
  parameters = 0
  macsPerStep = 0

  /** A bias-free convolution with `side²` output pixels. */
  convolution(kernel: number, from: number, to: number, side: number): this {
    const weights = kernel * kernel * from * to
    this.parameters += weights
    this.macsPerStep += weights * side * side
    return this
  }

  /** LIF, convolution, batch norm. A factorized reduction counts the same: its two halves make one 3×3. */
  spiking(kernel: number, from: number, to: number, side: number): this {
    this.lifPopulations += 1
    return this.convolution(kernel, from, to, side).batchNorm(to)
  }

  batchNorm(channels: number): this {
    this.parameters += 2 * channels
    return this
  }
}

function countMotif(tally: Tally, cell: MotifCellSpec, space: SearchSpace): void {
  const { width, side } = cell
  for (const input of cell.inputs) {
    if (input.reductions === 0) tally.spiking(1, input.channels, width, side)
    for (let n = 1; n <= input.reductions; n++) {
      const from = n === 1 ? input.channels : width
      const outputSide = input.side / 2 ** n
      // the reference's second halving is a bare convolution: no LIF, no batch norm
      if (n > 1 && space.semantics === 'reference') tally.convolution(3, from, width, outputSide)
      else tally.spiking(3, from, width, outputSide)
    }
  }
  const edges = cell.nodes.flatMap((node) => (node.backEdge ? [...node.edges, node.backEdge.edge] : node.edges))
  for (const edge of edges) if (edge.kind === 'convolution') tally.spiking(edge.kernel, width, width, side)
}

/** Counts a network's populations, weights and multiply-accumulates. */
export function countArchitecture(
  space: SearchSpace,
  cells: readonly CellSpec[],
  headChannels: number,
): ArchitectureCounts {
  const tally = new Tally()
  const stemChannels = 3 * space.width
  tally.convolution(3, space.inputChannels, stemChannels, space.side).batchNorm(stemChannels)
  for (const cell of cells) {
    if (cell.kind === 'motif') countMotif(tally, cell, space)
    else tally.spiking(3, cell.inputChannels, cell.outputChannels, cell.inputSide / 2)
  }
  tally.lifPopulations += 1
  tally.parameters += headChannels * space.classes + space.classes
  tally.macsPerStep += headChannels * space.classes
  return { lifPopulations: tally.lifPopulations, parameters: tally.parameters, macsPerStep: tally.macsPerStep }
}
