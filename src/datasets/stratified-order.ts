import { deriveSeed, RandomSequence, RandomStream, type Seed } from '../runtime/philox.js'
import type { Labels } from './types.js'

/**
 * An order of all samples of which every prefix is stratified and of which a longer prefix contains every shorter one:
 * each class is shuffled, its k-th of n samples gets the place (k + 1/2) / n, and all are sorted by place.
 *
 * @param labels `[N]` class indices
 * @param draw   0 for the training part, 1 for the test part
 * @returns `[N]`, a permutation of the sample indices
 */
export function stratifiedOrder(labels: Labels, seed: number | Seed, draw: number): Uint32Array {
  const order = new RandomSequence(deriveSeed(seed), RandomStream.split, draw).permutation(labels.length)
  let classes = 0
  for (const label of labels) classes = Math.max(classes, label + 1)
  const total = new Uint32Array(classes)
  for (const label of labels) total[label] = (total[label] as number) + 1
  const seen = new Uint32Array(classes)
  const place = new Float64Array(labels.length)
  for (const sample of order) {
    const label = labels[sample] as number
    const rank = seen[label] as number
    place[sample] = (rank + 0.5) / (total[label] as number)
    seen[label] = rank + 1
  }
  // the sort is stable, so equal places keep the shuffled order
  return order.sort((a, b) => (place[a] as number) - (place[b] as number))
}
