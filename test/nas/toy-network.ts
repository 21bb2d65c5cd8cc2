/**
 * A float64 toy of a decoded network to check static claims against: every operation and its order are real, but maps
 * are one pixel, so a convolution is a random matrix over channels. Populations are never shared.
 */

import type { ArchitectureSpec, EdgeSpec, MotifCellSpec, Sign } from '../../src/nas/types.js'
import { deriveSeed, RandomSequence, RandomStream } from '../../src/runtime/philox.js'

export interface ToyOptions {
  readonly seed: number
  /** Random batch-norm shifts, as after training, instead of zeros. */
  readonly trained: boolean
  /** `cell.node.edge` of edges to leave out, `back` for a back edge. */
  readonly dropped?: ReadonlySet<string>
}

/** `[step][sample][channel]` */
type Current = readonly (readonly (readonly number[])[])[]

const steps = 4
const samples = 6

/** Spikes of every population, one entry a reading operation, named as the analysis names readers. */
export function runToy(spec: ArchitectureSpec, options: ToyOptions): Map<string, Current> {
  const fired = new Map<string, Current>()
  const uniform = (name: string) => {
    const sequence = new RandomSequence(deriveSeed(options.seed, name), RandomStream.parameter)
    return () => 2 * sequence.next() - 1
  }
  const make = (value: (step: number, sample: number, channel: number) => number, channels: number): Current =>
    Array.from({ length: steps }, (_, t) =>
      Array.from({ length: samples }, (_, b) => Array.from({ length: channels }, (_, c) => value(t, b, c))),
    )
  const at = (x: Current, t: number, b: number, c: number): number => x[t]?.[b]?.[c] ?? Number.NaN
  const channelsOf = (x: Current): number => x[0]?.[0]?.length ?? 0
  const add = (a: Current, b: Current): Current => make((t, n, c) => at(a, t, n, c) + at(b, t, n, c), channelsOf(a))

  const lif = (x: Current, reader: string): Current => {
    const membranes = Array.from({ length: samples }, () => Array<number>(channelsOf(x)).fill(0))
    const spikes = x.map((step, t) =>
      step.map((row, b) => {
        const membrane = membranes[b] as number[]
        return row.map((_, c) => {
          const v = (membrane[c] ?? 0) + (at(x, t, b, c) - (membrane[c] ?? 0)) / 2
          membrane[c] = v > 0.5 ? 0 : v
          return v > 0.5 ? 1 : 0
        })
      }),
    )
    fired.set(reader, spikes)
    return spikes
  }

  const matrix = (x: Current, channels: number, name: string): Current => {
    const draw = uniform(name)
    const weights = Array.from({ length: channels }, () => Array.from({ length: channelsOf(x) }, draw))
    return make((t, b, c) => (weights[c] ?? []).reduce((sum, w, i) => sum + w * at(x, t, b, i), 0), channels)
  }

  const normalise = (x: Current, sign: Sign, name: string): Current => {
    const draw = uniform(`${name} shift`)
    const shifts = Array.from({ length: channelsOf(x) }, () => (options.trained ? 2 * draw() : 0))
    return make((t, b, c) => {
      const column = Array.from({ length: samples }, (_, n) => at(x, t, n, c))
      const mean = column.reduce((a, v) => a + v, 0) / samples
      const variance = column.reduce((a, v) => a + (v - mean) ** 2, 0) / samples
      const y = (at(x, t, b, c) - mean) / Math.sqrt(variance + 1e-5) + (shifts[c] ?? 0)
      return sign === 'excitatory' ? Math.max(y, 0) : sign === 'inhibitory' ? Math.min(y, 0) : y
    }, channelsOf(x))
  }

  const operation = (x: Current, channels: number, sign: Sign, reader: string): Current =>
    normalise(matrix(lif(x, reader), channels, reader), sign, reader)

  const motif = (cell: MotifCellSpec, sourceAt: (cell: number) => Current): Current => {
    const states: Current[] = cell.inputs.map((input, k) => {
      const path = `cell${cell.index}.input${k}`
      let x = operation(sourceAt(input.sourceCell), cell.width, 'neutral', path)
      for (let n = 1; n < input.reductions; n++) {
        const name = `${path}.reduce${n}`
        x = spec.space.semantics === 'clean' ? operation(x, cell.width, 'neutral', name) : matrix(x, cell.width, name)
      }
      return x
    })
    const zeros = make(() => 0, cell.width)
    const edge = ({ from, kind, sign }: EdgeSpec, node: number, name: string): Current => {
      if (options.dropped?.has(`${cell.index}.${node}.${name.replace('edge', '')}`)) return zeros
      const x = states[from] ?? zeros
      return kind === 'identity' ? x : operation(x, cell.width, sign, `cell${cell.index}.node${node}.${name}`)
    }
    for (const node of cell.nodes) {
      states[node.index] = node.edges.map((e, i) => edge(e, node.index, `edge${i}`)).reduce(add, zeros)
      if (node.backEdge) {
        const { to } = node.backEdge
        states[to] = add(states[to] ?? zeros, edge(node.backEdge.edge, node.index, 'back'))
      }
    }
    const joined = cell.concat.map((index) => states[index] ?? zeros)
    const at2 = (t: number, b: number, c: number) =>
      at(joined[Math.floor(c / cell.width)] ?? zeros, t, b, c % cell.width)
    return make(at2, cell.outputChannels)
  }

  const image = uniform('image')
  const stem = normalise(make(image, 3 * spec.space.width), 'neutral', 'stem')
  const outputs: Current[] = []
  const sourceAt = (cell: number): Current => outputs[cell] ?? stem
  for (const cell of spec.cells) {
    if (cell.kind === 'motif') outputs.push(motif(cell, sourceAt))
    else outputs.push(operation(sourceAt(cell.sourceCell), cell.outputChannels, 'neutral', `cell${cell.index}`))
  }
  lif(sourceAt(spec.cells.length - 1), 'head')
  return fired
}
