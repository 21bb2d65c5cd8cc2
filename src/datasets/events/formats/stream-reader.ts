/** Walks a file chunk by chunk for formats that are one stretch of records. */
import { FileFormatError, OptionError } from '../../../errors.js'
import type { ByteSource } from '../byte-source.js'
import type { EventReader } from '../event-reader.js'
import { EventBuilder, type Events } from '../events.js'
import type { ReaderReport } from './reader-report.js'

/** Turns bytes into events and keeps what must be remembered from one chunk to the next. */
export interface RecordDecoder {
  /** What one record is called in messages, such as 'event of 5 bytes'. */
  readonly record: string
  /** Bytes that hold any one record; a chunk of this size always makes progress. */
  readonly longestRecord: number
  /**
   * Decodes whole records of `bytes`, from `from` on, into `out`, and gives back where the first one begins that was
   * not decoded: because it is incomplete, or because `out` has as many events as should be in memory at once.
   *
   * @param last nothing follows these bytes
   */
  decode(bytes: Uint8Array, from: number, out: EventBuilder, last: boolean): number
  /** What is still missing when the file ends behind a whole record, as a sentence; null when nothing is. */
  missing?(): string | null
}

/** Events a decoder hands over at most at once: 13 MiB of columns. */
export const eventsAtOnce = 2 ** 20

export interface Stretch {
  readonly source: ByteSource
  /** Bytes `[start, end)` of the source. */
  readonly start: number
  readonly end: number
  readonly chunkBytes: number
  readonly report: ReaderReport
}

/** @throws FileFormatError on a truncated file where the report says so, and on a record that is longer than may be */
export async function* decodeStretch(
  { source, start, end, chunkBytes, report }: Stretch,
  decoder: RecordDecoder,
): AsyncGenerator<Events, void, undefined> {
  const out = new EventBuilder(0)
  let length = chunkBytes
  for (let at = start; at < end; ) {
    const wanted = Math.min(length, end - at)
    const bytes = await source.read(at, wanted)
    // a file can have become shorter since it was opened
    const last = at + wanted >= end || bytes.length < wanted
    let from = 0
    for (;;) {
      const to = decoder.decode(bytes, from, out, last)
      if (out.count > 0) yield out.take()
      if (to === from) break
      from = to
    }
    at += from
    if (last) {
      const rest = bytes.length - from
      if (rest > 0) report.truncate(`${rest} bytes at the end are no whole ${decoder.record}.`)
      else if (at < end) report.truncate(`The file became ${end - at} bytes shorter while it was read.`)
      break
    }
    // a record that crossed the end of the chunk is read again, with what follows
    length = from > 0 ? chunkBytes : Math.min(2 * length, Math.max(chunkBytes, decoder.longestRecord))
    if (from === 0 && wanted >= decoder.longestRecord) {
      const limit = `a ${decoder.record} has at most ${decoder.longestRecord} bytes; the one at byte ${at} has more.`
      throw new FileFormatError(source.name, limit, 'The file is damaged or of another format.')
    }
  }
  const missing = decoder.missing?.() ?? null
  if (missing !== null) report.truncate(missing)
}

export interface ReaderFacts {
  readonly format: string
  readonly width: number | null
  readonly height: number | null
  readonly metadata?: Readonly<Record<string, string>>
}

/** An opened recording whose chunks come from `walk`, once. */
export function eventReader(
  facts: ReaderFacts,
  report: ReaderReport,
  walk: () => AsyncGenerator<Events, void, undefined>,
): EventReader {
  let walked = false
  return {
    ...facts,
    metadata: facts.metadata ?? {},
    get warnings() {
      return report.warnings()
    },
    chunks() {
      if (walked) throw new OptionError(report.fileName, 'its chunks may be walked once.', 'Open the file again.')
      walked = true
      return walk()
    },
  }
}
