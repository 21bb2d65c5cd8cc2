/** What an archive is read from and what comes out of it, the same for tar and zip. */

/** Random access to an archive's bytes; a `ByteSource` is one. */
export interface ArchiveBytes {
  /** File name or address, for messages. */
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** The bytes `[offset, offset + length)`, cut at the end. */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** A plain file in an archive; folders are not listed, links and devices are refused. */
export interface ArchiveEntry {
  /** Relative, with `/` between its parts, without `.`, `..` or a leading `/`. */
  readonly path: string
  /** Unpacked size in bytes. */
  readonly size: number
  /**
   * The file's bytes. An archive that is read in one pass (tar) has them until the next entry is asked for; zip at any
   * time.
   * @throws FileFormatError when they are damaged or cut
   */
  bytes(): Promise<Uint8Array>
}

/** Chunks of a source from front to back. */
export async function* chunksOf(
  source: ArchiveBytes,
  chunkBytes = 1 << 18,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let offset = 0; offset < source.size; offset += chunkBytes) yield source.read(offset, chunkBytes)
}
