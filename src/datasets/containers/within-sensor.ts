import { type Events, sliceEvents } from '../events/events.js'
import type { ReaderReport } from '../events/formats/reader-report.js'

/** Leaves out events beyond a known edge and counts them; the columns are shortened in place. */
export function withinSensor(
  events: Events,
  width: number | null,
  height: number | null,
  report: ReaderReport,
): Events {
  const columns = width ?? 65536
  const rows = height ?? 65536
  let kept = 0
  for (let i = 0; i < events.count; i++) {
    if ((events.x[i] as number) >= columns || (events.y[i] as number) >= rows) continue
    if (kept < i) {
      events.x[kept] = events.x[i] as number
      events.y[kept] = events.y[i] as number
      events.t[kept] = events.t[i] as bigint
      events.polarity[kept] = events.polarity[i] as number
    }
    kept++
  }
  report.outside += events.count - kept
  return sliceEvents(events, 0, kept)
}
