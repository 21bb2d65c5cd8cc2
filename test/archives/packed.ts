/** Archives made byte by byte, so that they can also be wrong. */
import { crc32 } from '../../src/archives/crc32.js'
import { joinBytes as concat } from '../../src/archives/join-bytes.js'

export { concat }

const utf8 = new TextEncoder()

export const padded = (bytes: Uint8Array): Uint8Array =>
  concat([bytes, new Uint8Array((512 - (bytes.length % 512)) % 512)])

/** One ustar header. @param kind '0' file, '5' folder, '2' link, 'x' pax, 'L' long name */
export function tarHeader(name: string, size: number, kind = '0', link = ''): Uint8Array {
  const header = new Uint8Array(512)
  const put = (text: string, at: number) => header.set(utf8.encode(text), at)
  put(name, 0)
  put('0000644\0', 100)
  put(`${size.toString(8).padStart(11, '0')}\0`, 124)
  put('        ', 148)
  put(kind, 156)
  put(link, 157)
  put('ustar\0' + '00', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

export const tarEnd = new Uint8Array(1024)

/** A ustar archive of plain files. */
export const tar = (members: readonly (readonly [string, Uint8Array])[]): Uint8Array =>
  concat([...members.flatMap(([name, bytes]) => [tarHeader(name, bytes.length), padded(bytes)]), tarEnd])

export interface ZipMember {
  readonly name: string
  readonly bytes: Uint8Array
  /** Bytes as packed; default stored as they are. */
  readonly packed?: Uint8Array
  readonly method?: number
  readonly flags?: number
  /** Unix mode; 0o120777 makes a link. */
  readonly mode?: number
  /** What the directory claims in place of the truth. */
  readonly claimedSize?: number
  readonly crc?: number
  readonly offset?: number
}

function little(...fields: (readonly [size: 2 | 4, value: number])[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const [size, value] of fields) {
    if (size === 2) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
    at += size
  }
  return bytes
}

/** A zip archive whose every field can be made to lie. */
export function zip(members: readonly ZipMember[], comment = ''): Uint8Array {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let at = 0
  for (const member of members) {
    const { bytes, packed = bytes, method = packed === bytes ? 0 : 8, flags = 0x800, mode = 0o100644 } = member
    const name = utf8.encode(member.name)
    const crc = member.crc ?? crc32(bytes)
    const size = member.claimedSize ?? bytes.length
    const common = little([2, flags], [2, method], [4, 0], [4, crc], [4, packed.length], [4, size], [2, name.length])
    parts.push(little([4, 0x04034b50], [2, 20]), common, little([2, 0]), name, packed)
    directory.push(
      little([4, 0x02014b50], [2, 0x0314], [2, 20]),
      common,
      little([2, 0], [2, 0], [2, 0], [2, 0], [2, 0], [2, mode], [4, member.offset ?? at]),
      name,
    )
    at += 30 + name.length + packed.length
  }
  const list = concat(directory)
  const count = members.length
  const tail = utf8.encode(comment)
  const end = little(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, list.length],
    [4, at],
    [2, tail.length],
  )
  return concat([...parts, list, end, tail])
}
