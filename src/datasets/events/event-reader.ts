/** What a reader of an event format offers: facts from the header, then chunks of events. */
import { LimitError } from '../../errors.js'
import type { ByteSource } from './byte-source.js'
import { type Events, joinEvents } from './events.js'

export interface EventReaderOptions {
  /** A file that ends within a record: give every whole event and a warning (default), or throw. */
  readonly truncated?: 'warn' | 'error'
  /** Sensor size in pixels where the file does not say; events outside a known sensor are dropped and counted. */
  readonly width?: number
  readonly height?: number
  /** Bytes of the file held at a time; default 4 MiB. */
  readonly chunkBytes?: number
}

/** Something odd that did not stop the reading: `count` occurrences of one kind. */
export interface ReaderWarning {
  readonly kind: 'truncated' | 'outside' | 'nonMonotonic' | 'wrapAround' | 'skipped' | 'other'
  readonly message: string
  readonly count: number
}

/** An opened recording. Chunks may be walked once; warnings are complete after the last chunk. */
export interface EventReader {
  /** Name of the format, such as 'evt3' or 'aedat4'. */
  readonly format: string
  /** Pixels; null where neither the file nor the options say. */
  readonly width: number | null
  readonly height: number | null
  /** What the header says, as text. */
  readonly metadata: Readonly<Record<string, string>>
  readonly warnings: readonly ReaderWarning[]
  /** @throws FileFormatError, as it goes, where the file turns out to be damaged; what came before is right */
  chunks(): AsyncGenerator<Events, void, undefined>
}

/** A format: how to recognise a file of it and how to open one. */
export interface EventFormat {
  readonly name: string
  readonly title: string
  /** File endings with the dot, lower case. */
  readonly endings: readonly string[]
  /** Every file of this format begins with its mark, so that an ending alone is never enough; default false. */
  readonly alwaysMarked?: boolean
  /** Whether the first bytes (up to 4096) are those of this format; where a format has no mark, false. */
  recognises(head: Uint8Array): boolean
  /** @throws FileFormatError when the bytes are not of this format */
  open(source: ByteSource, options: EventReaderOptions): Promise<EventReader>
}

const advice = 'Walk its chunks instead of reading it whole, or give a larger cap.'

/**
 * A whole recording in memory.
 * @param cap largest number of events; default 2^28
 * @throws LimitError when there are more
 */
export async function readEvents(reader: EventReader, cap = 2 ** 28): Promise<Events> {
  const chunks: Events[] = []
  let count = 0
  for await (const chunk of reader.chunks()) {
    count += chunk.count
    if (count > cap)
      throw new LimitError('readEvents', `a recording may have at most ${cap} events here; this has more.`, advice)
    chunks.push(chunk)
  }
  return joinEvents(chunks)
}
