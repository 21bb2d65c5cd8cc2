/** The parameters of a model: names, sizes, initial values, and their places in one arena. */
import { ShapeError } from '../errors.js'

export type Initializer =
  /** Uniform in ±bound. */
  | { readonly kind: 'uniform'; readonly bound: number }
  | { readonly kind: 'constant'; readonly value: number }
  /** Rows of equal length, each filled with one value (running mean 0, running variance 1) ± its spread, if given. */
  | { readonly kind: 'rows'; readonly values: readonly number[]; readonly spreads?: readonly number[] }

export interface ParameterEntry {
  readonly path: string
  /** Logical dimensions, e.g. `[k, k, CI, CO]`. */
  readonly shape: readonly number[]
  readonly elements: number
  /** First element in the arena; multiples of 64, so that a binding may start there. */
  readonly offset: number
  readonly initializer: Initializer
}

const alignment = 64

/** Entries in the order of their first declaration. The same path declared again must have the same shape. */
export class ParameterTable {
  private readonly entries = new Map<string, ParameterEntry>()
  private end = 0

  declare(path: string, shape: readonly number[], initializer: Initializer): ParameterEntry {
    const known = this.entries.get(path)
    if (known) {
      if (known.shape.join() !== shape.join())
        throw new ShapeError(
          path,
          `was declared as [${known.shape}] and now as [${shape}].`,
          'Give the two layers different names.',
        )
      return known
    }
    const elements = shape.reduce((product, size) => product * size, 1)
    const entry: ParameterEntry = { path, shape, elements, offset: this.end, initializer }
    this.entries.set(path, entry)
    this.end = Math.ceil((this.end + elements) / alignment) * alignment
    return entry
  }

  get(path: string): ParameterEntry | undefined {
    return this.entries.get(path)
  }

  /** Elements of the arena, padding included; a multiple of 64. */
  get arenaElements(): number {
    return Math.max(this.end, alignment)
  }

  /** Numbers that are really parameters. */
  get count(): number {
    return [...this.entries.values()].reduce((sum, entry) => sum + entry.elements, 0)
  }

  [Symbol.iterator](): IterableIterator<ParameterEntry> {
    return this.entries.values()
  }
}

/** PyTorch's default for convolutions and linear layers: uniform ±1/sqrt(fan in). */
export const fanInUniform = (fanIn: number): Initializer => ({ kind: 'uniform', bound: 1 / Math.sqrt(fanIn) })
