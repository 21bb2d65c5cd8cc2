/** Where a reader's bytes come from: a file on disk, a file dropped on a page, or bytes in memory. */
import { FileFormatError } from '../../errors.js'

/** Random access to bytes, a chunk at a time. Readers hold no more of a file than the chunk they work on. */
export interface ByteSource {
  /** File name or address, for messages and for telling formats apart by their ending. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** Exactly the bytes `[offset, offset + length)`, cut at the end of the source. */
  read(offset: number, length: number): Promise<Uint8Array>
  close?(): Promise<void>
}

/** Bytes in memory as a source. */
export const bytesSource = (name: string, bytes: Uint8Array): ByteSource => ({
  name,
  size: bytes.byteLength,
  read: async (offset, length) => bytes.subarray(offset, Math.min(bytes.byteLength, offset + length)),
})

/** A `File` or `Blob`, such as one dropped on a page; read by slices, never as a whole. */
export const blobSource = (blob: Blob, name = (blob as { name?: string }).name ?? 'blob'): ByteSource => ({
  name,
  size: blob.size,
  read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
})

/**
 * All bytes of a source that must be small.
 * @throws FileFormatError above `cap` bytes
 */
export async function readAll(source: ByteSource, cap: number): Promise<Uint8Array> {
  if (source.size > cap)
    throw new FileFormatError(source.name, `must be at most ${cap} bytes here; it has ${source.size}.`, '')
  return source.read(0, source.size)
}
