/** Holding samples out for validation without dividing a recording. */
import type { Seed } from '../runtime/philox.js'
import { stratifiedOrder } from './stratified-order.js'
import type { Labels } from './types.js'

export interface HeldOut {
  /** `[N]`, 1 where a sample is held out. */
  readonly samples: Uint8Array
  /**
   * `recordings`: whole ones, so nothing of what is held out was seen. `endings`: the last part of every recording,
   * because some class has only one; what is held out then resembles what was trained on more than a new recording
   * would.
   */
  readonly by: 'recordings' | 'endings'
}

/**
 * Chooses about `wanted` samples to hold out, whole recordings at a time. Recordings are taken in a stratified order (by
 * their most frequent class) as long as no class loses its last one.
 *
 * @param recordings `[N]`, the recording of each sample; samples of a recording in order of time
 * @param wanted     from 1 to N - 1; whole recordings rarely give exactly so many
 */
export function heldOutRecordings(
  { labels, count }: { readonly labels: Labels; readonly count: number },
  recordings: Uint32Array,
  seed: number | Seed,
  wanted: number,
): HeldOut {
  const members = new Map<number, number[]>()
  for (let sample = 0; sample < count; sample++) {
    const recording = recordings[sample] as number
    const own = members.get(recording)
    if (own) own.push(sample)
    else members.set(recording, [sample])
  }
  const samples = new Uint8Array(count)
  const all = [...members.values()]
  const classesOf = all.map((own) => new Set(own.map((sample) => labels[sample] as number)))
  const left = new Map<number, number>()
  for (const classes of classesOf) for (const label of classes) left.set(label, (left.get(label) ?? 0) + 1)
  if ([...left.values()].some((recordingsLeft) => recordingsLeft < 2)) {
    for (const own of all) for (const sample of endingOf(own, wanted / count)) samples[sample] = 1
    return { samples, by: 'endings' }
  }
  const order = stratifiedOrder(
    Uint32Array.from(all, (own) => majority(own, labels)),
    seed,
    0,
  )
  let held = 0
  for (const index of order) {
    const own = all[index] as number[]
    const classes = classesOf[index] as Set<number>
    const spare = [...classes].every((label) => (left.get(label) as number) > 1)
    // more than half of a recording beyond the wish is too much, except for the first
    if (!spare || (held > 0 && held + own.length / 2 > wanted)) continue
    for (const label of classes) left.set(label, (left.get(label) as number) - 1)
    for (const sample of own) samples[sample] = 1
    held += own.length
  }
  return { samples, by: 'recordings' }
}

/** The last samples of a recording, at least one unless it has only one. */
function endingOf(own: readonly number[], share: number): readonly number[] {
  const length = Math.min(own.length - 1, Math.max(1, Math.round(own.length * share)))
  return own.slice(own.length - length)
}

function majority(own: readonly number[], labels: Labels): number {
  const counts = new Map<number, number>()
  for (const sample of own) counts.set(labels[sample] as number, (counts.get(labels[sample] as number) ?? 0) + 1)
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0]
}
