/** Samples as byte records by number, wherever they lie; plain data that worker threads can share. */
import { ShapeError } from '../../errors.js'
import type { ByteSource } from '../events/byte-source.js'
import type { FilePlace, OpenPlace } from './file-tree.js'

/** Where records lie: record i is the bytes `[starts[i], ends[i])`. */
export interface RecordsPlace {
  readonly bytes: Uint8Array | FilePlace
  /** `[N]`, bytes; exact up to 2^53. */
  readonly starts: Float64Array
  readonly ends: Float64Array
}

export interface Records {
  readonly count: number
  /** A record's bytes, which the caller must not write into. */
  read(index: number): Promise<Uint8Array>
  close(): Promise<void>
}

/** Opens records for reading. */
export async function openRecords({ bytes, starts, ends }: RecordsPlace, open: OpenPlace): Promise<Records> {
  const source: ByteSource | null = bytes instanceof Uint8Array ? null : await open(bytes)
  const span = (index: number): [number, number] => {
    if (!Number.isInteger(index) || index < 0 || index >= ends.length)
      throw new ShapeError('records', `there are ${ends.length}; record ${index} is not among them.`)
    return [starts[index] as number, ends[index] as number]
  }
  return {
    count: ends.length,
    async read(index) {
      const [from, to] = span(index)
      if (source === null) return (bytes as Uint8Array).subarray(from, to)
      const read = await source.read(from, to - from)
      if (read.length === to - from) return read
      throw new ShapeError(source.name, `ends within sample ${index}: it was cut while it was in use.`)
    },
    close: async () => source?.close?.(),
  }
}
