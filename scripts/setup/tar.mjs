import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve, sep } from 'node:path'
import { SetupError } from './command.mjs'

const BLOCK = 512

/** A NUL-terminated text field of a tar header. */
const field = (header, start, length) => {
  const bytes = header.subarray(start, start + length)
  const end = bytes.indexOf(0)
  return bytes.subarray(0, end < 0 ? length : end).toString('utf8')
}

/**
 * The regular files of a tar archive (ustar, and what GNU tar writes for short names).
 * @param archive the uncompressed bytes
 * @returns [{ name, mode, data }] in the archive's order; folders are left out
 * @throws SetupError for a truncated or damaged archive, and for links and other special entries
 */
export function readTar(archive) {
  const files = []
  let at = 0
  while (at + BLOCK <= archive.length) {
    const header = archive.subarray(at, at + BLOCK)
    if (header.every((byte) => byte === 0)) return files
    checkSum(header, at)
    const size = Number.parseInt(field(header, 124, 12).trim(), 8)
    const type = String.fromCharCode(header[156])
    const prefix = field(header, 257, 5) === 'ustar' ? field(header, 345, 155) : ''
    const name = prefix ? `${prefix}/${field(header, 0, 100)}` : field(header, 0, 100)
    if (!Number.isInteger(size) || size < 0 || at + BLOCK + size > archive.length) {
      throw new SetupError(`tar: the entry "${name}" reaches past the end of the archive; it is damaged or cut off.`)
    }
    if (type === '0' || type === '\0') {
      const mode = Number.parseInt(field(header, 100, 8).trim(), 8) || 0o644
      files.push({ name, mode, data: archive.subarray(at + BLOCK, at + BLOCK + size) })
    } else if (type !== '5' && type !== 'x' && type !== 'g') {
      throw new SetupError(`tar: the entry "${name}" is of type "${type}"; only plain files and folders are unpacked.`)
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  throw new SetupError('tar: the archive ends without its closing block; it is damaged or cut off.')
}

function checkSum(header, at) {
  let sum = 0
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : header[i]
  if (sum !== Number.parseInt(field(header, 148, 8).trim(), 8)) {
    throw new SetupError(`tar: the header at byte ${at} has a wrong checksum; the archive is damaged.`)
  }
}

/**
 * Writes the files below `folder`.
 * @throws SetupError for a name that would leave the folder
 */
export function unpackTar(files, folder) {
  const base = resolve(folder)
  for (const { name, mode, data } of files) {
    const target = resolve(base, name)
    if (!target.startsWith(base + sep)) {
      throw new SetupError(`tar: the entry "${name}" would be written outside of ${base}; refused.`)
    }
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, data, { mode: mode & 0o755 })
  }
}
