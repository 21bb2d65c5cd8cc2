/** Headers of Prophesee's `.raw` and `.dat` files: lines `% key value`, up to `% end` or the first line without `%`. */
import { FileFormatError } from '../../../errors.js'
import type { ByteSource } from '../byte-source.js'
import { headerWithin, readTextHeader, type TextHeader } from './text-header.js'

export type EvtEncoding = 'evt2' | 'evt21' | 'evt3'

export interface PropheseeHeader {
  /** Keys in lower case. */
  readonly fields: ReadonlyMap<string, string>
  /** Encoding of a `.raw`, in the header's words; null where it does not say. */
  readonly encoding: string | null
  /** Settings behind the encoding's name, as in `EVT3;height=720;width=1280`. */
  readonly settings: ReadonlyMap<string, string>
  readonly width: number | null
  readonly height: number | null
  /** Byte at which the data begin. */
  readonly bytes: number
  /** The file ends within its header. */
  readonly cut: boolean
}

const mark = '% '
const isLast = (line: string): boolean => line.trim() === 'end'
const encodings: Readonly<Record<string, EvtEncoding>> = {
  evt2: 'evt2',
  '2.0': 'evt2',
  evt21: 'evt21',
  '2.1': 'evt21',
  evt3: 'evt3',
  '3.0': 'evt3',
}

function fieldsOf(lines: readonly string[]): Map<string, string> {
  return new Map(
    lines.map((line) => {
      const [key = '', ...words] = line.trim().split(/\s+/)
      return [key.toLowerCase(), words.join(' ')]
    }),
  )
}

const pixels = (text: string | undefined): number | null => {
  const value = Number(text)
  return Number.isInteger(value) && value >= 1 && value <= 65536 ? value : null
}

/** Sensors of recordings from before headers said their size, by the camera's plug-in. */
function sizeOfPlugin(plugin: string): readonly [number, number] | null {
  if (/gen31?(?!\d)/.test(plugin)) return [640, 480]
  if (/gen41?(?!\d)|imx636/.test(plugin)) return [1280, 720]
  return null
}

function sizeOf(fields: ReadonlyMap<string, string>, settings: ReadonlyMap<string, string>) {
  const [across, down] = (fields.get('geometry') ?? '').split('x')
  const known = sizeOfPlugin(fields.get('plugin_name') ?? '')
  return {
    width: pixels(settings.get('width')) ?? pixels(across) ?? pixels(fields.get('width')) ?? known?.[0] ?? null,
    height: pixels(settings.get('height')) ?? pixels(down) ?? pixels(fields.get('height')) ?? known?.[1] ?? null,
  }
}

function headerOf({ lines, bytes, cut }: TextHeader): PropheseeHeader {
  const fields = fieldsOf(lines)
  const [name = '', ...pairs] = (fields.get('format') ?? '').split(';')
  const settings = new Map(pairs.map((pair) => pair.split('=', 2) as [string, string]))
  const encoding = name || fields.get('evt') || null
  return { fields, settings, encoding, bytes, cut, ...sizeOf(fields, settings) }
}

/** @throws FileFormatError when there is no end of the header */
export async function readPropheseeHeader(source: ByteSource): Promise<PropheseeHeader> {
  return headerOf(await readTextHeader(source, { mark, isLast }))
}

/** What the first bytes of a file say: an encoding of a `.raw`, that it is a `.dat`, or neither. */
export function encodingOf(head: Uint8Array): EvtEncoding | 'dat' | null {
  const header = headerOf(headerWithin(head, { mark, isLast }))
  const { encoding, bytes } = header
  if (encoding !== null) return encodings[encoding.toLowerCase()] ?? null
  // behind a .dat's header come type and size of its events; tables of text may begin with lines of % as well
  return bytes > 0 && head[bytes + 1] === 8 ? 'dat' : null
}

/**
 * A `.raw` file's header, checked against the encoding it is to be read in.
 * @throws FileFormatError when the header names another encoding
 */
export async function readRawHeader(source: ByteSource, wanted: EvtEncoding): Promise<PropheseeHeader> {
  const header = await readPropheseeHeader(source)
  const { encoding } = header
  if (encoding !== null && encodings[encoding.toLowerCase()] !== wanted) {
    const known = Object.keys(encodings).filter((name) => name.startsWith('evt'))
    throw new FileFormatError(
      source.name,
      `must be encoded in ${wanted} to be read so; its header says ${encoding}.`,
      `Encodings read here: ${known.join(', ')}; left to itself, the header is believed.`,
    )
  }
  return header
}

export const metadataOf = (header: PropheseeHeader): Record<string, string> => Object.fromEntries(header.fields)
