/** Stable order by time of events that are nearly in order, as event files are. */

/**
 * Indices in ascending order of time, equal times in the order they came; null when they are in order as they stand.
 * A natural merge sort: files out of order consist of few ascending runs, so it takes count · log(runs).
 */
export function timeOrder(t: Float64Array | Uint32Array): Uint32Array | null {
  let runs = ascendingRuns(t)
  if (runs.length <= 2) return null
  let order = Uint32Array.from({ length: t.length }, (_, i) => i)
  let other = new Uint32Array(t.length)
  while (runs.length > 2) {
    const merged = [0]
    for (let k = 0; k + 1 < runs.length; k += 2) {
      const end = runs[k + 2] ?? t.length
      mergeRuns(t, order, other, runs[k] as number, runs[k + 1] as number, end)
      merged.push(end)
    }
    ;[order, other, runs] = [other, order, merged]
  }
  return order
}

/** Starts of the stretches that do not descend, and the end: `[0, ..., count]`. */
function ascendingRuns(t: Float64Array | Uint32Array): number[] {
  const starts = [0]
  for (let i = 1; i < t.length; i++) if ((t[i] as number) < (t[i - 1] as number)) starts.push(i)
  if (t.length > 0) starts.push(t.length)
  return starts
}

/** Merges `order[from, middle)` and `order[middle, to)` into `into`; the earlier run wins ties. */
function mergeRuns(
  t: Float64Array | Uint32Array,
  order: Uint32Array,
  into: Uint32Array,
  from: number,
  middle: number,
  to: number,
): void {
  let [a, b] = [from, middle]
  for (let at = from; at < to; at++) {
    const first = b >= to || (a < middle && (t[order[a] as number] as number) <= (t[order[b] as number] as number))
    into[at] = order[first ? a++ : b++] as number
  }
}
