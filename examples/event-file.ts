// The reading and writing of docs/data.md: recordings of an event camera as files.
import { EventStreamWriter, type OpenEventsOptions, openEventFile, timeAt, timeHalves } from '../src/index.js'

/** Events of each polarity, first and last time in µs, of a recording of any size: one chunk at a time is in memory. */
export async function balance(path: string, options: OpenEventsOptions = {}) {
  const recording = await openEventFile(path, options)
  const counts = { on: 0, off: 0, first: Number.NaN, last: Number.NaN }
  for await (const { count, t, polarity } of recording.chunks()) {
    for (const on of polarity) on ? counts.on++ : counts.off++
    const times = timeHalves(t)
    if (Number.isNaN(counts.first)) counts.first = timeAt(times, 0)
    counts.last = timeAt(times, count - 1)
  }
  const { format, width, height, warnings } = recording
  return { format, width, height, ...counts, warnings: warnings.map(({ message }) => message) }
}

/** Any recording as an Event Stream, piece by piece; to be written one after another. */
export async function* asEventStream(path: string, width: number, height: number) {
  const recording = await openEventFile(path, { width, height })
  const writer = new EventStreamWriter({ type: 'dvs', width, height })
  yield writer.begin()
  for await (const chunk of recording.chunks()) yield writer.encode(chunk)
}
