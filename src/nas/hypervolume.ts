import { NumericError, OptionError, ShapeError } from '../errors.js'

const maximumObjectives = 4

/**
 * Volume dominated by a set of points and bounded by a reference point, minimisation; exact, by slicing along one
 * objective after the other (sheet 00, section 3).
 *
 * Points that are not strictly better than the reference in every objective are ignored, dominated and equal points
 * change nothing. A point at -infinity makes the volume infinite.
 *
 * @param points `[n][m]`, m in 1..4
 * @param reference `[m]`, finite
 * @throws OptionError for more than four objectives, NumericError for a reference that is not finite, ShapeError if a
 *   point has another number of objectives than the reference
 */
export function hypervolume(points: readonly (readonly number[])[], reference: readonly number[]): number {
  const objectives = reference.length
  if (objectives < 1 || objectives > maximumObjectives) {
    throw new OptionError(
      'hypervolume',
      `the number of objectives must be 1..${maximumObjectives}; got ${objectives}.`,
      'Choose fewer objectives for the report.',
    )
  }
  if (!reference.every(Number.isFinite)) {
    throw new NumericError('hypervolume', `the reference point must be finite; got [${reference.join(', ')}].`)
  }
  const inside = points.filter((point) => {
    if (point.length === objectives) return point.every((value, j) => value < (reference[j] as number))
    throw new ShapeError('hypervolume', `every point must have ${objectives} objectives; got ${point.length}.`)
  })
  if (inside.some((point) => point.includes(Number.NEGATIVE_INFINITY))) return Number.POSITIVE_INFINITY
  return slice(inside, reference, objectives)
}

/** Volume in the first `objectives` coordinates. */
function slice(points: readonly (readonly number[])[], reference: readonly number[], objectives: number): number {
  const last = objectives - 1
  const bound = reference[last] as number
  const sorted = [...points].sort((a, b) => (a[last] as number) - (b[last] as number))
  if (objectives === 1) return sorted.length === 0 ? 0 : bound - (sorted[0]?.[0] as number)
  if (objectives === 2) return staircase(sorted, reference)
  let volume = 0
  for (let i = 0; i < sorted.length; i++) {
    // between this value and the next one, exactly the points so far are present
    const thickness = (sorted[i + 1]?.[last] ?? bound) - (sorted[i]?.[last] as number)
    if (thickness > 0) volume += thickness * slice(sorted.slice(0, i + 1), reference, last)
  }
  return volume
}

/** Area of points sorted by their second coordinate: each one adds what lies left of all before it. */
function staircase(sorted: readonly (readonly number[])[], reference: readonly number[]): number {
  let area = 0
  let left = reference[0] as number
  for (const point of sorted) {
    const x = point[0] as number
    if (x >= left) continue
    area += (left - x) * ((reference[1] as number) - (point[1] as number))
    left = x
  }
  return area
}
