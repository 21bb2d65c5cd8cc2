import { inflateSync } from 'fflate'
import { crc32 } from './crc32.js'
import type { ArchiveBytes, ArchiveEntry } from './entries.js'
import { ArchiveGuard, type ArchiveLimits } from './guard.js'
import { type DirectoryRecord, readZipDirectory } from './zip-directory.js'

const localHeaderBytes = 30
const localSignature = 0x04034b50

/**
 * The plain files of a zip archive in the order of its directory, stored or deflated (PKWARE APPNOTE 6.3, zip64
 * included). Only the directory is read at first; every entry is read when it is asked for, at any time.
 *
 * @throws FileFormatError when it is cut, damaged or encrypted, holds a link or a path that leaves the folder, or exceeds
 * a limit
 */
export async function zipEntries(source: ArchiveBytes, limits: ArchiveLimits = {}): Promise<ArchiveEntry[]> {
  const guard = new ArchiveGuard(source.name, limits)
  const entries: ArchiveEntry[] = []
  let packed = 0
  for (const record of await readZipDirectory(source, guard)) {
    if (record.isLink) throw guard.refusal(record.path, 'a symbolic link')
    const path = guard.path(record.path)
    if (record.path.endsWith('/')) continue
    guard.admit(path, record.size)
    guard.ratio(record.packedSize, record.size)
    packed += record.packedSize
    entries.push({ path, size: record.size, bytes: () => entryBytes(source, record, guard) })
  }
  // entries that share their data are how a small archive unpacks to a huge one
  if (packed > source.size) throw guard.error('its entries lie over one another.', 'Do not use this archive.')
  return entries
}

async function entryBytes(source: ArchiveBytes, record: DirectoryRecord, guard: ArchiveGuard): Promise<Uint8Array> {
  const { path, packedSize, size } = record
  const header = await source.read(Math.min(record.offset, source.size), localHeaderBytes)
  const view = new DataView(header.buffer, header.byteOffset, header.length)
  if (header.length < localHeaderBytes || view.getUint32(0, true) !== localSignature) {
    throw guard.error(`there is no header of ${path} at byte ${record.offset}.`)
  }
  const start = record.offset + localHeaderBytes + view.getUint16(26, true) + view.getUint16(28, true)
  const packed = await source.read(start, packedSize)
  if (packed.length < packedSize) throw guard.error(`it ends within ${path}.`)
  const bytes = record.method === 0 ? packed : inflated(packed, size, path, guard)
  if (bytes.length !== size) {
    throw guard.error(`${path} must unpack to ${size} bytes; got ${bytes.length > size ? 'more' : bytes.length}.`)
  }
  if (crc32(bytes) !== record.crc) throw guard.error(`${path} does not have the checksum that the directory states.`)
  return bytes
}

function inflated(packed: Uint8Array, size: number, path: string, guard: ArchiveGuard): Uint8Array {
  try {
    // one byte of room beyond the announced size shows whether the data run past it
    return inflateSync(packed, { out: new Uint8Array(size + 1) })
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause)
    throw guard.error(`${path} must be whole deflated data; unpacking says "${found}".`, undefined, cause)
  }
}
