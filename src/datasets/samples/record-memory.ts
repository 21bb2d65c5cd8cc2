/** Records kept in memory, shared with threads where the system can. */
import { LimitError } from '../../errors.js'
import type { RecordSink } from './prepare.js'
import type { RecordsPlace } from './records.js'

/** Bytes that workers can read without a copy; plain where a page may not share memory. */
export function sharedBytes(length: number): Uint8Array {
  return typeof SharedArrayBuffer === 'undefined'
    ? new Uint8Array(length)
    : new Uint8Array(new SharedArrayBuffer(length))
}

/** Gathers records in memory up to a cap. */
export class MemorySink implements RecordSink {
  private readonly chunks: Uint8Array[] = []
  private readonly ends: number[] = []
  private size = 0

  /** @param cap largest size of all records together, in bytes */
  constructor(private readonly cap: number) {}

  /** @throws LimitError above the cap */
  async append(bytes: Uint8Array): Promise<void> {
    this.size += bytes.length
    if (this.size > this.cap) {
      throw new LimitError(
        'data set',
        `its samples need more than the ${Math.round(this.cap / 2 ** 20)} MiB of memory allowed.`,
        'Allow more memory, or let it be kept in a cache folder.',
      )
    }
    this.chunks.push(bytes)
    this.ends.push(this.size)
  }

  finish(): RecordsPlace {
    const bytes = sharedBytes(this.size)
    let at = 0
    for (const chunk of this.chunks) {
      bytes.set(chunk, at)
      at += chunk.length
    }
    return { bytes, starts: Float64Array.from([0, ...this.ends.slice(0, -1)]), ends: Float64Array.from(this.ends) }
  }
}
