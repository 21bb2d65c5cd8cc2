import type { ArchiveBytes } from './entries.js'
import type { ArchiveGuard } from './guard.js'

/** What a zip archive's directory says of one entry. */
export interface DirectoryRecord {
  /** As written, folders with a `/` at the end. */
  readonly path: string
  /** 0 stored, 8 deflated. */
  readonly method: number
  readonly crc: number
  readonly packedSize: number
  readonly size: number
  /** Where the entry's own header lies. */
  readonly offset: number
  readonly isLink: boolean
}

const endSignature = 0x06054b50
const endBytes = 22
const end64Signature = 0x06064b50
const end64Bytes = 56
const locatorSignature = 0x07064b50
const locatorBytes = 20
const recordSignature = 0x02014b50
const recordBytes = 46
const longestComment = 0xffff
/** Largest directory that is read; about 80 bytes an entry. */
const directoryLimit = 2 ** 29
const linkMode = 0xa000

/**
 * Every record of the directory at the end of a zip archive.
 * @throws FileFormatError when it is missing, cut or damaged, or an entry is encrypted or packed in an unknown way
 */
export async function readZipDirectory(source: ArchiveBytes, guard: ArchiveGuard): Promise<DirectoryRecord[]> {
  const { count, offset, size } = await findDirectory(source, guard)
  if (offset + size > source.size || size > directoryLimit || count * recordBytes > size) {
    throw guard.error(`its directory of ${count} entries and ${size} bytes at byte ${offset} cannot be.`)
  }
  const bytes = await source.read(offset, size)
  const records: DirectoryRecord[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    guard.count()
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at)
    const length = view.byteLength < recordBytes ? 0 : recordBytes + variableBytes(view)
    if (length === 0 || view.getUint32(0, true) !== recordSignature || length > view.byteLength) {
      throw guard.error(`entry ${i} of its directory is damaged.`)
    }
    records.push(readRecord(bytes.subarray(at, at + length), guard))
    at += length
  }
  return records
}

const variableBytes = (view: DataView): number =>
  view.getUint16(28, true) + view.getUint16(30, true) + view.getUint16(32, true)

function readRecord(bytes: Uint8Array, guard: ArchiveGuard): DirectoryRecord {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const flags = view.getUint16(8, true)
  const method = view.getUint16(10, true)
  const nameBytes = view.getUint16(28, true)
  const path = new TextDecoder().decode(bytes.subarray(recordBytes, recordBytes + nameBytes))
  if (flags & 1) throw guard.error(`${path} is encrypted.`, 'Unpack it with a tool that knows the password.')
  if (method !== 0 && method !== 8) {
    throw guard.error(`${path} must be stored or deflated; its method is ${method}.`, 'Pack it again with deflate.')
  }
  const extra = recordBytes + nameBytes
  const long = longSizes(view, extra, extra + view.getUint16(30, true))
  const madeByUnix = view.getUint8(5) === 3
  return {
    path,
    method,
    crc: view.getUint32(16, true),
    packedSize: long(view.getUint32(20, true), 1),
    size: long(view.getUint32(24, true), 0),
    offset: long(view.getUint32(42, true), 2),
    isLink: madeByUnix && (view.getUint16(40, true) & 0xf000) === linkMode,
  }
}

/**
 * Sizes of 64 bits stand in an extra field, in the order size, packed size, offset, and only those whose short field is
 * all ones. @returns a function of the short field and its place in that order
 */
function longSizes(view: DataView, from: number, to: number): (short: number, place: number) => number {
  const shorts = [view.getUint32(24, true), view.getUint32(20, true), view.getUint32(42, true)]
  for (let at = from; at + 4 <= to; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue
    const end = Math.min(to, at + 4 + view.getUint16(at + 2, true))
    return (short, place) => {
      if (short !== 0xffffffff) return short
      const slot = shorts.slice(0, place).filter((value) => value === 0xffffffff).length
      const field = at + 4 + 8 * slot
      // a field that is not there makes a size that no archive can have, which is refused by its user
      return field + 8 <= end ? Number(view.getBigUint64(field, true)) : Number.POSITIVE_INFINITY
    }
  }
  return (short) => short
}

async function findDirectory(source: ArchiveBytes, guard: ArchiveGuard) {
  const tailBytes = Math.min(source.size, endBytes + longestComment)
  const tailStart = source.size - tailBytes
  const tail = await source.read(tailStart, tailBytes)
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length)
  let at = tail.length - endBytes
  // the comment must reach to the very end, or a signature inside a comment would be taken for the record
  while (
    at >= 0 &&
    !(view.getUint32(at, true) === endSignature && at + endBytes + view.getUint16(at + 20, true) === tail.length)
  )
    at--
  if (at < 0) throw guard.error('there is no directory at its end: it is cut, or no zip archive.')
  if (view.getUint16(at + 4, true) !== 0 || view.getUint16(at + 6, true) !== 0) {
    const disk = view.getUint16(at + 4, true)
    if (disk !== 0xffff) throw guard.error('it is one of several volumes.', 'Join the volumes into one archive.')
  }
  const short = {
    count: view.getUint16(at + 10, true),
    size: view.getUint32(at + 12, true),
    offset: view.getUint32(at + 16, true),
  }
  if (short.count !== 0xffff && short.size !== 0xffffffff && short.offset !== 0xffffffff) return short
  return (await findDirectory64(source, tailStart + at - locatorBytes, guard)) ?? short
}

async function findDirectory64(source: ArchiveBytes, locatorAt: number, guard: ArchiveGuard) {
  if (locatorAt < 0) return null
  const locator = await source.read(locatorAt, locatorBytes)
  const view = new DataView(locator.buffer, locator.byteOffset, locator.length)
  // an archive of exactly 65,535 entries needs no 64-bit record
  if (view.getUint32(0, true) !== locatorSignature) return null
  const offset = Number(view.getBigUint64(8, true))
  const record = offset + end64Bytes <= source.size ? await source.read(offset, end64Bytes) : new Uint8Array(0)
  const fields = new DataView(record.buffer, record.byteOffset, record.length)
  if (record.length < end64Bytes || fields.getUint32(0, true) !== end64Signature) {
    throw guard.error('its 64-bit directory record is damaged.')
  }
  return {
    count: Number(fields.getBigUint64(32, true)),
    size: Number(fields.getBigUint64(40, true)),
    offset: Number(fields.getBigUint64(48, true)),
  }
}
