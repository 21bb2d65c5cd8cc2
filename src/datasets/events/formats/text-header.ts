/** Header lines of text before binary data, as AEDAT ('#') and Prophesee ('%') files have them. */
import { FileFormatError } from '../../../errors.js'
import type { ByteSource } from '../byte-source.js'

export interface TextHeader {
  /** Lines without their mark and line end. */
  readonly lines: readonly string[]
  /** Length in bytes: where the data begin. */
  readonly bytes: number
  /** The file ends within a line of the header: there are no data. */
  readonly cut: boolean
}

/** jAER writes a sensor's whole preferences into a header, some 200 KB. */
const largestHeader = 8 * 1024 * 1024
const longestLine = 64 * 1024
const [tab, lineFeed, carriageReturn, space] = [9, 10, 13, 32]

/** Position of the line feed that ends the line of text at `from`; -1 when it is no text, `bytes.length` when it goes on. */
function endOfLine(bytes: Uint8Array, from: number): number {
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i] as number
    if (byte === lineFeed) return i
    if (byte < space && byte !== tab && byte !== carriageReturn) return -1
    if (i - from > longestLine) return -1
  }
  return bytes.length
}

export interface HeaderRules {
  /** First characters of every header line. */
  readonly mark: string
  /** Whether this line, without its mark, is the last one of the header by its own words. */
  isLast?(line: string): boolean
}

/**
 * Header lines at the beginning of some bytes. Binary data may begin with the very byte that marks a line, so a line
 * counts only where it is text to its end, and ends as the first one does (CR LF or LF).
 *
 * @returns the header so far, and whether it may go on behind these bytes
 */
function scan(bytes: Uint8Array, { mark, isLast }: HeaderRules): TextHeader & { readonly open: boolean } {
  const marks = [...mark].map((character) => character.charCodeAt(0))
  const decoder = new TextDecoder()
  const lines: string[] = []
  let carriage: boolean | null = null
  let at = 0
  for (;;) {
    const start = at
    const room = bytes.length - start
    if (marks.some((byte, i) => i < room && bytes[start + i] !== byte)) break
    const end = room < marks.length ? bytes.length : endOfLine(bytes, start + marks.length)
    if (end === bytes.length) return { lines, bytes: at, cut: false, open: room > 0 }
    const ends = end > start && bytes[end - 1] === carriageReturn
    if (end < 0 || ends !== (carriage ?? ends)) break
    carriage = ends
    const line = decoder.decode(bytes.subarray(start + marks.length, ends ? end - 1 : end))
    lines.push(line)
    at = end + 1
    if (isLast?.(line)) break
  }
  return { lines, bytes: at, cut: false, open: false }
}

/** @throws FileFormatError when the header goes on for more than 8 MiB */
export async function readTextHeader(source: ByteSource, rules: HeaderRules): Promise<TextHeader> {
  for (let length = 64 * 1024; ; length *= 4) {
    const wanted = Math.min(length, largestHeader, source.size)
    const { open, ...header } = scan(await source.read(0, wanted), rules)
    if (wanted === source.size) return open ? { ...header, bytes: wanted, cut: true } : header
    if (!open && header.bytes < wanted) return header
    if (wanted === largestHeader) {
      const what = `its header must have at most ${largestHeader} bytes; it goes on behind them.`
      throw new FileFormatError(source.name, what, 'Check that it is a recording.')
    }
  }
}

/** The header within the first bytes of a file, as far as they go, for telling formats apart. */
export const headerWithin = (head: Uint8Array, rules: HeaderRules): TextHeader => scan(head, rules)
