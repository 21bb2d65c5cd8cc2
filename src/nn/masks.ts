/** Masks: which synapses of a layer there are. Motifs and graphs of any kind are masks of its weights (sheet 12, 3.6). */
import { OptionError, ShapeError } from '../errors.js'
import { traceMask } from '../ops/made-weights.js'
import type { Value } from '../ops/op.js'
import { deriveSeed, philoxFill, RandomSequence, RandomStream, type Seed, toUnit } from '../runtime/philox.js'
import type { Scope } from './scope.js'

/**
 * 1 or 0 for each weight of the dimensions that a layer hands over: `[kh, kw, CI/groups, CO]`, of a linear layer
 * `[1, 1, inputs, outputs]`. Weights that are left out are 0 and stay so; the mask is the layer's state `mask`.
 */
export type Mask = (dimensions: readonly number[]) => ArrayLike<number>

const size = (dimensions: readonly number[]): number => dimensions.reduce((product, side) => product * side, 1)

const drawn = new WeakMap<Mask, Map<string, readonly number[]>>()

/** A mask's numbers, drawn once for each shape. @throws ShapeError, OptionError when they are not a mask */
function valuesOf(mask: Mask, dimensions: readonly number[]): readonly number[] {
  const known = drawn.get(mask) ?? new Map<string, readonly number[]>()
  drawn.set(mask, known)
  const found = known.get(dimensions.join())
  if (found) return found
  const values = Array.from(mask(dimensions))
  if (values.length !== size(dimensions))
    throw new ShapeError(
      'mask',
      `must be [${dimensions.join(', ')}], ${size(dimensions)} numbers; got ${values.length}.`,
    )
  const wrong = values.find((value) => value !== 0 && value !== 1)
  if (wrong !== undefined) throw new OptionError('mask', `must hold 0 and 1 only; got ${wrong}.`)
  known.set(dimensions.join(), values)
  return values
}

/** Weights with a mask on them, and the share of them that is left. */
export function maskedWeights(
  scope: Scope,
  weights: Value,
  dimensions: readonly number[],
  mask: Mask | undefined,
): { readonly weights: Value; readonly share: number } {
  if (!mask) return { weights, share: 1 }
  const values = valuesOf(mask, dimensions)
  const kept = scope.state('mask', dimensions, { kind: 'rows', values })
  const share = values.reduce((sum, value) => sum + value, 0) / values.length
  return { weights: traceMask(scope.graph, weights, kept), share }
}

const checkShare = (where: string, share: number): void => {
  if (!(share > 0 && share <= 1)) throw new OptionError(where, `must be above 0 and at most 1; got ${share}.`)
}

/** Every synapse by chance. @param density share of the synapses that there are @throws OptionError unless in (0, 1] */
export function sparse(density: number, seed: number | Seed = 0): Mask {
  checkShare('sparse.density', density)
  return (dimensions) =>
    Array.from(philoxFill(deriveSeed(seed), RandomStream.connectivity, 0, 0, size(dimensions)), (word) =>
      Number(toUnit(word) < density),
    )
}

/**
 * Small world (Watts & Strogatz 1998) between as many neurons as there are outputs: each hears its `neighbours` nearest on
 * a ring, half on either side, and each of these synapses comes from a random neuron instead with probability `rewired`.
 * @throws OptionError on numbers out of range, ShapeError where inputs and outputs are not as many
 */
export function smallWorld(neighbours: number, rewired: number, seed: number | Seed = 0): Mask {
  if (!Number.isInteger(neighbours) || neighbours < 2 || neighbours % 2 !== 0)
    throw new OptionError('smallWorld.neighbours', `must be an even number from 2; got ${neighbours}.`)
  if (!(rewired >= 0 && rewired <= 1))
    throw new OptionError('smallWorld.rewired', `must lie between 0 and 1; got ${rewired}.`)
  return (dimensions) => {
    const [inputs = 0, outputs = 0] = dimensions.slice(-2)
    if (inputs !== outputs || size(dimensions) !== inputs * outputs || neighbours >= inputs)
      throw new ShapeError(
        'smallWorld',
        `needs one synapse a pair of more than ${neighbours} neurons; got [${dimensions.join(', ')}].`,
      )
    const random = new RandomSequence(deriveSeed(seed), RandomStream.connectivity)
    const mask = new Uint8Array(inputs * outputs)
    for (let o = 0; o < outputs; o++) {
      const sources = new Set<number>()
      for (let k = 1; k <= neighbours / 2; k++) sources.add((o + k) % inputs).add((o + inputs - k) % inputs)
      for (const source of [...sources]) {
        // as many others as there are must be left to choose from
        if (random.next() >= rewired || sources.size >= inputs - 1) continue
        let other = random.integer(inputs)
        while (other === o || sources.has(other)) other = random.integer(inputs)
        sources.delete(source)
        sources.add(other)
      }
      for (const source of sources) mask[source * outputs + o] = 1
    }
    return mask
  }
}
