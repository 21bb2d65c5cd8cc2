import type { ArchiveEntry } from './entries.js'
import { ArchiveGuard, type ArchiveLimits } from './guard.js'
import { joinBytes } from './join-bytes.js'

const block = 512
/** Largest long-name record; paths are far shorter. */
const longestRecord = 2 ** 16
const utf8 = new TextDecoder()

/**
 * The plain files of a tar archive in the order they lie in it: ustar, with the long names of POSIX pax and of GNU.
 * One pass, holding one file at a time.
 *
 * @param chunks   the unpacked archive from front to back
 * @param fileName named in errors
 * @throws FileFormatError when it is cut or damaged, holds a link, a device or a path that leaves the folder, or exceeds a
 * limit
 */
export async function* tarEntries(
  chunks: AsyncIterable<Uint8Array>,
  fileName: string,
  limits: ArchiveLimits | ArchiveGuard = {},
): AsyncGenerator<ArchiveEntry, void, undefined> {
  const guard = limits instanceof ArchiveGuard ? limits : new ArchiveGuard(fileName, limits)
  const bytes = new ForwardReader(chunks, guard)
  const names = new LongNames(guard)
  try {
    for (;;) {
      const header = await bytes.take(block, 'an end mark')
      if (header.every((byte) => byte === 0)) break
      const kind = String.fromCharCode(header[156] as number)
      const size = checkedSize(header, guard)
      if (isLongName(kind)) {
        if (size > longestRecord) throw guard.error(`a record of names may have ${longestRecord} bytes; got ${size}.`)
        names.learn(kind, await bytes.take(size, 'a long name'))
        await bytes.skip(padding(size))
        continue
      }
      guard.count()
      const { path: raw, size: longSize } = names.apply(headerPath(header), size)
      const folder = kind === '5' || (isFile(kind) && raw.endsWith('/'))
      if (!folder && !isFile(kind)) throw guard.refusal(raw, kinds[kind] ?? `of the unknown kind "${kind}"`)
      // the folder that was packed is itself an entry, "./", in archives made by `tar c .`
      if (folder && /^\.?\/*$/.test(raw)) continue
      const path = guard.path(raw)
      if (folder) continue
      guard.admit(path, longSize)
      let state: 'waiting' | 'read' | 'passed' = 'waiting'
      const content = async () => {
        if (state !== 'waiting') throw guard.error(`${path} can be read once, before the next entry is asked for.`, '')
        state = 'read'
        return bytes.take(longSize, path)
      }
      yield { path, size: longSize, bytes: content }
      const unread = (state as string) === 'read' ? 0 : longSize
      state = 'passed'
      await bytes.skip(unread + padding(longSize))
    }
    await bytes.drain()
  } finally {
    await bytes.close()
  }
}

const kinds: Readonly<Record<string, string>> = {
  '1': 'a hard link',
  '2': 'a symbolic link',
  '3': 'a device',
  '4': 'a device',
  '6': 'a pipe',
  S: 'a sparse file',
}
const isFile = (kind: string) => kind === '0' || kind === '\0' || kind === '7'
const isLongName = (kind: string) => kind === 'x' || kind === 'g' || kind === 'L' || kind === 'K'
const padding = (size: number) => (block - (size % block)) % block

function headerPath(header: Uint8Array): string {
  const prefix = text(header, 257, 6) === 'ustar' ? text(header, 345, 155) : ''
  return (prefix ? `${prefix}/` : '') + text(header, 0, 100)
}

function text(header: Uint8Array, from: number, length: number): string {
  const field = header.subarray(from, from + length)
  const end = field.indexOf(0)
  return utf8.decode(end < 0 ? field : field.subarray(0, end))
}

function checkedSize(header: Uint8Array, guard: ArchiveGuard): number {
  const size = numberField(header, 124, 12)
  if (numberField(header, 148, 8) !== headerSum(header) || size === null) {
    throw guard.error('a tar header in it is damaged, or it is no tar archive.')
  }
  return size
}

/** Octal digits, or, with the first byte 0x80, a big-endian number (GNU's form for 8 GiB and more). */
function numberField(header: Uint8Array, from: number, length: number): number | null {
  if (header[from] === 0x80) {
    let value = 0
    for (let i = 1; i < length; i++) value = value * 256 + (header[from + i] as number)
    return Number.isSafeInteger(value) ? value : null
  }
  const digits = text(header, from, length).trim()
  return /^[0-7]{1,12}$/.test(digits) ? Number.parseInt(digits, 8) : null
}

/** Sum of a header's bytes with the checksum field itself counted as spaces. */
function headerSum(header: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < block; i++) sum += i >= 148 && i < 156 ? 0x20 : (header[i] as number)
  return sum
}

/** Names and sizes that came in records before the header they belong to. */
class LongNames {
  private path: string | null = null
  private size: number | null = null

  constructor(private readonly guard: ArchiveGuard) {}

  learn(kind: string, record: Uint8Array): void {
    if (kind === 'L') this.path = text(record, 0, record.length)
    if (kind !== 'x') return
    // each line is "<length> <key>=<value>\n", the length counting the whole line
    for (let at = 0; at < record.length; ) {
      const space = record.indexOf(0x20, at)
      const digits = space < 0 ? '' : utf8.decode(record.subarray(at, space))
      const length = /^\d{1,6}$/.test(digits) ? Number(digits) : 0
      if (length <= space - at + 1 || at + length > record.length || record[at + length - 1] !== 0x0a) {
        throw this.guard.error('an extended header in it is damaged.')
      }
      const line = utf8.decode(record.subarray(space + 1, at + length - 1))
      if (line.startsWith('path=')) this.path = line.slice('path='.length)
      if (line.startsWith('size=')) this.size = Number(line.slice('size='.length))
      at += length
    }
  }

  apply(path: string, size: number): { path: string; size: number } {
    const applied = { path: this.path ?? path, size: this.size ?? size }
    this.path = null
    this.size = null
    return applied
  }
}

/** Exact lengths out of chunks of any length. */
class ForwardReader {
  private readonly chunks: AsyncIterator<Uint8Array>
  private chunk: Uint8Array = new Uint8Array(0)
  private at = 0

  constructor(
    chunks: AsyncIterable<Uint8Array>,
    private readonly guard: ArchiveGuard,
  ) {
    this.chunks = chunks[Symbol.asyncIterator]()
  }

  /** @param what said to be missing when the archive ends before `length` bytes */
  async take(length: number, what: string): Promise<Uint8Array> {
    if (this.chunk.length - this.at >= length) {
      this.at += length
      return this.chunk.slice(this.at - length, this.at)
    }
    const parts: Uint8Array[] = []
    let have = 0
    while (have < length) {
      if (this.at === this.chunk.length && !(await this.advance())) {
        throw this.guard.error(`it ends where ${what} should be: ${length} bytes are due, ${have} are there.`)
      }
      const part = this.chunk.subarray(this.at, this.at + length - have)
      this.at += part.length
      have += part.length
      parts.push(part)
    }
    return joinBytes(parts)
  }

  async skip(length: number): Promise<void> {
    let left = length
    while (left > 0) {
      if (this.at === this.chunk.length && !(await this.advance())) {
        throw this.guard.error(`it ends ${left} bytes before the end of a file in it.`)
      }
      const step = Math.min(left, this.chunk.length - this.at)
      this.at += step
      left -= step
    }
  }

  /** Reads on to the end, so that a checksum there is looked at. */
  async drain(): Promise<void> {
    while (await this.advance());
  }

  async close(): Promise<void> {
    await this.chunks.return?.()
  }

  private async advance(): Promise<boolean> {
    const next = await this.chunks.next()
    this.chunk = next.done ? new Uint8Array(0) : next.value
    this.at = 0
    return !next.done
  }
}
