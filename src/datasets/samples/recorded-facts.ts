import type { RecordedFacts } from '../types.js'
import { eventStatistics } from './event-statistics.js'
import type { LoadedTree } from './load-tree.js'
import { partsInOrder } from './sample-facts.js'

/** What there is to say of the recordings of a set. */
export function recordedFacts({ set, recording }: LoadedTree): RecordedFacts {
  const { width, height, split } = set
  const statistics = partsInOrder.flatMap((part) => {
    const found = eventStatistics(set, part)
    return found ? [[part, found] as const] : []
  })
  return { width, height, split, statistics: Object.fromEntries(statistics), recording }
}
