import { FileFormatError } from '../../errors.js'

/** What the first bytes of a picture say, read before anything is decoded. */
export interface ImageHeader {
  readonly format: 'png' | 'jpeg'
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** Whether the picture is grey; transparency is not counted. */
  readonly grey: boolean
  /** How many pixels a sample of a JPEG's colour planes covers, each way; null unless it is YCbCr by JFIF's rules. */
  readonly chroma: { readonly x: number; readonly y: number } | null
}

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/** Which picture format begins with these bytes; null when neither. */
export function imageFormat(bytes: Uint8Array): ImageHeader['format'] | null {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return 'jpeg'
  return pngSignature.every((byte, i) => bytes[i] === byte) ? 'png' : null
}

/**
 * Format and size of a PNG or JPEG picture.
 * @throws FileFormatError when it is neither, cut before its size, or of a kind that is not decoded
 */
export function readImageHeader(bytes: Uint8Array, fileName: string): ImageHeader {
  const format = imageFormat(bytes)
  if (format === null) {
    throw new FileFormatError(fileName, 'must be a PNG or JPEG picture; its first bytes are of neither.', 'Convert it.')
  }
  const header = format === 'png' ? pngHeader(bytes) : jpegHeader(bytes, fileName)
  if (header === null || header.width === 0 || header.height === 0) {
    throw new FileFormatError(
      fileName,
      `must state a size; this ${format} is cut before it or damaged.`,
      'Fetch it again.',
    )
  }
  return { format, ...header }
}

type Size = Omit<ImageHeader, 'format'>

function pngHeader(bytes: Uint8Array): Size | null {
  if (bytes.length < 33) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, 33)
  const colourType = view.getUint8(25)
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    grey: colourType === 0 || colourType === 4,
    chroma: null,
  }
}

/** Walks the markers up to the frame header (ITU T.81, B.2). */
function jpegHeader(bytes: Uint8Array, fileName: string): Size | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 2
  let adobe = false
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) return null
    const marker = bytes[at + 1] as number
    if (marker === 0xff) {
      at++
      continue
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (isFrame && marker > 0xc2) {
      throw new FileFormatError(
        fileName,
        `must be a baseline or progressive JPEG; it is of the rare kind SOF${marker - 0xc0}.`,
        'Convert it to PNG.',
      )
    }
    if (isFrame) {
      if (at + 10 > bytes.length) return null
      const components = bytes.subarray(at + 10, at + 10 + 3 * (bytes[at + 9] as number))
      const chroma = components.length === 9 && !adobe ? chromaSpacing(components) : null
      return { height: view.getUint16(at + 5), width: view.getUint16(at + 7), grey: bytes[at + 9] === 1, chroma }
    }
    // Adobe's marker may say that the planes are no YCbCr
    adobe ||= marker === 0xee
    // entropy-coded data or the end of the picture before any frame header
    if (marker === 0xda || marker === 0xd9) return null
    at += 2 + view.getUint16(at + 2)
  }
  return null
}

/** @param components `[3 x 3]`: identifier, sampling factors (across in the upper four bits), table */
function chromaSpacing(components: Uint8Array): ImageHeader['chroma'] {
  const [luma, blue, red] = [components[1], components[4], components[7]] as [number, number, number]
  if (blue !== red || (blue & 15) === 0 || blue >> 4 === 0) return null
  return { x: (luma >> 4) / (blue >> 4), y: (luma & 15) / (blue & 15) }
}
