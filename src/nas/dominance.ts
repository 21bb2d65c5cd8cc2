/** Pareto order and survival (NSGA-II, Deb et al. 2002), minimisation throughout. Sheet 00 (MSE-NAS), section 3. */
import { NumericError, OptionError, ShapeError } from '../errors.js'
import type { RandomSequence } from '../runtime/philox.js'

/** What selection knows of an individual. */
export interface Rated {
  /** To be minimised. A NaN objective takes no part in comparisons. */
  readonly objectives: readonly number[]
  /** Sum of broken constraints, 0 when left out; compared before any objective, the smaller wins. */
  readonly violation?: number
}

/**
 * Whether `a` dominates `b`: a smaller violation, or an equal one and no objective larger and at least one smaller.
 *
 * "No a_j > b_j", not "all a_j <= b_j": an objective that is NaN on either side is ignored.
 *
 * @throws ShapeError if the two have different numbers of objectives
 */
export function dominates(a: Rated, b: Rated): boolean {
  const violationA = a.violation ?? 0
  const violationB = b.violation ?? 0
  if (violationA !== violationB) return violationA < violationB
  const count = a.objectives.length
  if (b.objectives.length !== count) {
    throw new ShapeError('dominates', `both must have the same objectives; got ${count} and ${b.objectives.length}.`)
  }
  let better = false
  for (let j = 0; j < count; j++) {
    const x = a.objectives[j] as number
    const y = b.objectives[j] as number
    if (x > y) return false
    if (x < y) better = true
  }
  return better
}

/**
 * Non-dominated fronts in order, each a list of positions in ascending order; every position occurs exactly once.
 *
 * With finite objectives no member of a front dominates another. NaN objectives can make dominance circular; members of
 * such a circle, and those below it, come together in a last front.
 *
 * @throws NumericError if a violation is NaN or negative; ShapeError if numbers of objectives differ
 */
export function nonDominatedFronts(rated: readonly Rated[]): number[][] {
  checkViolations(rated)
  const dominated: number[][] = rated.map(() => [])
  const dominators = new Uint32Array(rated.length)
  for (let i = 0; i < rated.length; i++) {
    for (let j = i + 1; j < rated.length; j++) {
      const a = rated[i] as Rated
      const b = rated[j] as Rated
      if (dominates(a, b)) {
        dominated[i]?.push(j)
        dominators[j] = (dominators[j] as number) + 1
      } else if (dominates(b, a)) {
        dominated[j]?.push(i)
        dominators[i] = (dominators[i] as number) + 1
      }
    }
  }
  const placed = new Uint8Array(rated.length)
  const fronts: number[][] = []
  let front = rated.flatMap((_, i) => (dominators[i] === 0 ? [i] : []))
  while (front.length > 0) {
    fronts.push(front)
    const next: number[] = []
    for (const i of front) {
      placed[i] = 1
      for (const j of dominated[i] as number[]) {
        dominators[j] = (dominators[j] as number) - 1
        if (dominators[j] === 0) next.push(j)
      }
    }
    front = next.sort((a, b) => a - b)
  }
  const circular = rated.flatMap((_, i) => (placed[i] === 0 ? [i] : []))
  return circular.length > 0 ? [...fronts, circular] : fronts
}

/**
 * Crowding of the members of one front: the mean over objectives of (distance to the next smaller value + distance to
 * the next larger value) / range. Points with equal values share their gaps; the smallest and the largest value of an
 * objective have an infinite gap; an objective without range adds nothing. One or two points are infinite.
 *
 * NaN and infinite objectives add nothing to their point and do not widen the range for the others.
 *
 * @param front objectives of the members, `[n][m]`
 */
export function crowding(front: readonly (readonly number[])[]): Float64Array {
  const result = new Float64Array(front.length)
  if (front.length <= 2) return result.fill(Number.POSITIVE_INFINITY)
  const objectives = front[0]?.length ?? 0
  for (let j = 0; j < objectives; j++) {
    const values = [...new Set(front.map((point) => point[j] as number).filter(Number.isFinite))].sort((a, b) => a - b)
    if (values.length < 2) continue
    const range = (values.at(-1) as number) - (values[0] as number)
    const rank = new Map(values.map((value, i) => [value, i]))
    front.forEach((point, i) => {
      const value = point[j] as number
      const place = rank.get(value)
      if (place === undefined) return
      const gapLow = value - (values[place - 1] ?? Number.NEGATIVE_INFINITY)
      const gapHigh = (values[place + 1] ?? Number.POSITIVE_INFINITY) - value
      result[i] = (result[i] as number) + (gapLow + gapHigh) / range / objectives
    })
  }
  return result
}

export interface Survival {
  /** Positions of the survivors: whole fronts in order, then the best of the front that was cut. */
  readonly survivors: readonly number[]
  /** `[n]`, front number of every individual, 0 the best. */
  readonly ranks: Uint32Array
  /** `[n]`, crowding of every individual within its whole front, before any cut. */
  readonly crowding: Float64Array
  readonly fronts: readonly (readonly number[])[]
}

/**
 * Survival of the best: fronts in order; the one that does not fit is cut by descending crowding, ties in random order.
 * Random numbers are drawn only when a front is cut.
 *
 * @param size number of survivors; all survive when there are no more than that
 * @throws OptionError if the size is not a positive integer, and what `nonDominatedFronts` throws
 */
export function survive(rated: readonly Rated[], size: number, random: RandomSequence): Survival {
  if (!Number.isInteger(size) || size < 1) {
    throw new OptionError('survive', `size must be a positive integer; got ${size}.`)
  }
  const fronts = nonDominatedFronts(rated)
  const ranks = new Uint32Array(rated.length)
  const crowded = new Float64Array(rated.length)
  const survivors: number[] = []
  fronts.forEach((front, rank) => {
    const distances = crowding(front.map((i) => (rated[i] as Rated).objectives))
    front.forEach((i, place) => {
      ranks[i] = rank
      crowded[i] = distances[place] as number
    })
    const room = size - survivors.length
    if (front.length <= room) survivors.push(...front)
    else if (room > 0) survivors.push(...leastCrowded(front, crowded, random).slice(0, room))
  })
  return { survivors, ranks, crowding: crowded, fronts }
}

/** A front by descending crowding. The sort is stable, so shuffling first puts ties in random order. */
function leastCrowded(front: readonly number[], crowded: Float64Array, random: RandomSequence): number[] {
  const shuffled = [...random.permutation(front.length)].map((place) => front[place] as number)
  return shuffled.sort((i, j) => {
    const a = crowded[i] as number
    const b = crowded[j] as number
    return a === b ? 0 : b - a
  })
}

function checkViolations(rated: readonly Rated[]): void {
  rated.forEach(({ violation = 0 }, i) => {
    if (violation >= 0) return
    throw new NumericError(
      'nonDominatedFronts',
      `a constraint violation must be a number of at least 0; got ${violation} for individual ${i}.`,
      'Leave the violation out where no constraint is broken.',
    )
  })
}
