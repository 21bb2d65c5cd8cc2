/** Headers of AEDAT 1 to 3.1: lines that begin with '#', the first of which names the version. */
import { FileFormatError } from '../../../errors.js'
import type { ByteSource } from '../byte-source.js'
import { headerWithin, readTextHeader } from './text-header.js'

const mark = '#'
const versionLine = /^!AER-DAT(\d+\.\d+)\s*$/
const endLine = /^\s*!?End[- ]Of[- ]ASCII[- ]Header\s*$|^!END-HEADER\s*$/i
const fieldLine = /^\s*([A-Za-z][\w .-]{0,60}?):\s*(.*)$/
/** Lines looked at for fields: preferences may follow by the thousand. */
const fieldLines = 64

export interface AedatHeader {
  /** Such as '2.0'; null where the header has no such line. */
  readonly version: string | null
  /** What is before a colon, and what behind it. */
  readonly fields: ReadonlyMap<string, string>
  readonly bytes: number
  readonly cut: boolean
}

const versionOf = (lines: readonly string[]): string | null => versionLine.exec(lines[0] ?? '')?.[1] ?? null

/** Version in the first line of a file; null where there is none. */
export const aedatVersion = (head: Uint8Array): string | null => versionOf(headerWithin(head, { mark }).lines)

/** True for a file that begins with a line of comment and goes on with what is no text: AEDAT 1 without a version. */
export function hasPlainHeader(head: Uint8Array): boolean {
  const lines = headerWithin(head, { mark }).lines
  return lines.length > 0 && versionOf(lines) === null && head.some((byte) => byte < 9)
}

/** @throws FileFormatError when the header names a version that is not among `versions` */
export async function readAedatHeader(source: ByteSource, versions: readonly (string | null)[]): Promise<AedatHeader> {
  const { lines, bytes, cut } = await readTextHeader(source, { mark, isLast: (line) => endLine.test(line) })
  const version = versionOf(lines)
  if (!versions.includes(version)) {
    throw new FileFormatError(
      source.name,
      `must be AEDAT ${versions.filter((known) => known !== null).join(' or ')} by its first line; it is ${version ?? 'without one'}.`,
      'Left to itself, the first line tells how to read it.',
    )
  }
  const fields = new Map<string, string>()
  for (const line of lines.slice(0, fieldLines)) {
    const [, key, value] = fieldLine.exec(line) ?? []
    if (key !== undefined && value !== undefined && !fields.has(key)) fields.set(key, value.trim())
  }
  return { version, fields, bytes, cut }
}

/** Fields and version as metadata. */
export const aedatMetadata = ({ version, fields }: AedatHeader): Record<string, string> =>
  Object.fromEntries([...(version === null ? [] : [['version', version]]), ...fields])
