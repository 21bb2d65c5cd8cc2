import { FileFormatError } from '../errors.js'
import { type ArchiveBytes, type ArchiveEntry, chunksOf } from './entries.js'
import { ArchiveGuard, type ArchiveLimits } from './guard.js'
import { gunzipChunks } from './gunzip-stream.js'
import { tarEntries } from './tar.js'
import { zipEntries } from './zip.js'

export type ArchiveKind = 'zip' | 'tar' | 'tar.gz'

/**
 * What kind of archive begins with these bytes; null when it is none. A gzip file counts as `tar.gz`: what is inside shows
 * when it is unpacked.
 * @param head the first 512 bytes or more
 */
export function archiveKind(head: Uint8Array): ArchiveKind | null {
  const [a, b, c, d] = head
  if (a === 0x1f && b === 0x8b) return 'tar.gz'
  // a local header, or the end record of an empty archive
  if (a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6))) return 'zip'
  const mark = String.fromCharCode(...head.subarray(257, 262))
  return mark === 'ustar' ? 'tar' : null
}

/**
 * The plain files of a zip, tar or tar.gz archive, told apart by their first bytes. In a page the source is a dropped
 * file, in Node one on disk; nothing is held but the entry in hand.
 *
 * @throws FileFormatError when it is none of them, and as `tarEntries`, `zipEntries` and `gunzipChunks`
 */
export async function* archiveEntries(
  source: ArchiveBytes,
  limits: ArchiveLimits = {},
): AsyncGenerator<ArchiveEntry, void, undefined> {
  const kind = archiveKind(await source.read(0, 512))
  if (kind === null) {
    throw new FileFormatError(
      source.name,
      'must be a zip, tar or tar.gz archive; its first bytes are of none of them.',
      'Unpack it and give the folder, or pack it as zip or tar.gz.',
    )
  }
  if (kind === 'zip') {
    yield* await zipEntries(source, limits)
    return
  }
  const guard = new ArchiveGuard(source.name, limits)
  yield* tarEntries(kind === 'tar' ? chunksOf(source) : gunzipChunks(chunksOf(source), guard), source.name, guard)
}
