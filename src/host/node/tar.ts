import { FileFormatError } from '../../errors.js'

const block = 512

/**
 * Picks plain files out of an unpacked ustar archive held in memory. Nothing is written and only exact names are
 * taken, so no path inside an archive can lead anywhere.
 *
 * @param wanted names with their folders, as in the archive
 * @returns the files found, as views into `bytes`
 * @throws FileFormatError when a header or a length is wrong
 */
export function readTar(bytes: Uint8Array, archiveName: string, wanted: readonly string[]): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>()
  const text = (from: number, length: number) => {
    const field = bytes.subarray(from, from + length)
    const end = field.indexOf(0)
    return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end))
  }
  let at = 0
  while (at + block <= bytes.length && bytes[at] !== 0) {
    const size = parseOctal(text(at + 124, 12))
    if (parseOctal(text(at + 148, 8)) !== headerSum(bytes, at) || size === null) {
      throw new FileFormatError(archiveName, `the tar header at byte ${at} is damaged.`, 'Fetch it again.')
    }
    const start = at + block
    if (start + size > bytes.length) {
      throw new FileFormatError(archiveName, `is cut: ${size} bytes should follow byte ${start}.`, 'Fetch it again.')
    }
    const prefix = text(at + 257, 5) === 'ustar' ? text(at + 345, 155) : ''
    const name = (prefix ? `${prefix}/` : '') + text(at, 100)
    const isFile = bytes[at + 156] === 0x30 || bytes[at + 156] === 0
    if (isFile && wanted.includes(name)) found.set(name, bytes.subarray(start, start + size))
    at = start + Math.ceil(size / block) * block
  }
  return found
}

function parseOctal(field: string): number | null {
  const digits = field.trim()
  return /^[0-7]{1,11}$/.test(digits) ? Number.parseInt(digits, 8) : null
}

/** Sum of a header's bytes with the checksum field itself counted as spaces. */
function headerSum(bytes: Uint8Array, at: number): number {
  let sum = 0
  for (let i = 0; i < block; i++) sum += i >= 148 && i < 156 ? 0x20 : (bytes[at + i] as number)
  return sum
}
