import type { DecodedPng } from 'fast-png'
import { FileFormatError, MissingDependencyError } from '../../errors.js'
import { type ImageHeader, readImageHeader } from './image-header.js'
import { smoothColours } from './jpeg-colours.js'
import { safePng } from './png-guard.js'

/** A decoded picture, row by row, channel-last, 8 bits a value. */
export interface DecodedImage {
  readonly width: number
  readonly height: number
  /** 1 grey, 3 red, green and blue. */
  readonly channels: 1 | 3
  /** `[H, W, C]` */
  readonly pixels: Uint8Array
}

/** Largest sides and area that are decoded, in pixels; looked at before anything is allocated. */
export interface ImageLimits {
  /** Default 8192. */
  readonly side?: number
  /** Default 2^24. */
  readonly area?: number
}

/** Decodes one picture. @throws FileFormatError when it is damaged, cut, too large or of an unknown kind */
export type ImageDecoder = (bytes: Uint8Array, fileName: string) => DecodedImage

/** Memory of the JPEG decoder in MiB; a 16-megapixel picture needs 260. */
const jpegMemory = 512

/**
 * Loads the PNG and JPEG decoders. They are the same in Node and in a page, so pixels are too. Transparency is dropped,
 * 16-bit values keep their upper byte, palettes become colours.
 *
 * @throws MissingDependencyError when `fast-png` or `jpeg-js` is absent
 */
export async function imageDecoder(limits: ImageLimits = {}): Promise<ImageDecoder> {
  const { side = 8192, area = 2 ** 24 } = limits
  const png = await loaded('fast-png', () => import('fast-png'))
  const jpeg = await loaded('jpeg-js', async () => (await import('jpeg-js')).default)
  const options = { useTArray: true, formatAsRGBA: false, maxMemoryUsageInMB: jpegMemory } as const
  return (bytes, fileName) => {
    const header = readImageHeader(bytes, fileName)
    const { width, height, grey } = header
    if (width > side || height > side || width * height > area) {
      throw new FileFormatError(
        fileName,
        `may have sides up to ${side} and ${area} pixels; it is ${width} x ${height}.`,
        'Scale it down, or raise the limits.',
      )
    }
    try {
      if (header.format === 'png') return pngPixels(png.decode(safePng(bytes, fileName), { checkCrc: true }), header)
      const maxResolutionInMP = Math.ceil(area / 1e6)
      const { chroma } = header
      if (chroma !== null && chroma.x <= 2 && chroma.y <= 2) {
        const { data } = jpeg.decode(bytes, { ...options, maxResolutionInMP, colorTransform: false })
        return { width, height, channels: 3, pixels: smoothColours(data, width, height, chroma) }
      }
      const { data } = jpeg.decode(bytes, { ...options, maxResolutionInMP })
      return grey
        ? { width, height, channels: 1, pixels: everyNth(data, 3) }
        : { width, height, channels: 3, pixels: data }
    } catch (cause) {
      if (cause instanceof FileFormatError) throw cause
      const found = cause instanceof Error ? cause.message : String(cause)
      throw new FileFormatError(
        fileName,
        `must be a whole ${header.format}; decoding says "${found}".`,
        'Fetch it again.',
        {
          cause,
        },
      )
    }
  }
}

async function loaded<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (cause) {
    throw new MissingDependencyError(
      name,
      `the npm package "${name}" is needed to decode pictures and could not be loaded.`,
      `Run "npm install ${name}".`,
      { cause },
    )
  }
}

function pngPixels(decoded: DecodedPng, header: ImageHeader): DecodedImage {
  const { width, height, depth, palette } = decoded
  const { grey } = header
  const stored = decoded.channels
  const values = depth === 16 ? Uint8Array.from(decoded.data, (value) => value >> 8) : new Uint8Array(decoded.data)
  if (depth < 8 && values.length !== height * Math.ceil((width * depth) / 8)) {
    throw new Error('interlaced pictures of fewer than 8 bits are not decoded')
  }
  const whole = depth < 8 ? unpackBits(values, width, height, depth) : values
  if (palette) return { width, height, channels: 3, pixels: paletteColours(whole, palette) }
  if (depth < 8) {
    const scale = 255 / (2 ** depth - 1)
    return { width, height, channels: 1, pixels: whole.map((value) => value * scale) }
  }
  if (grey) return { width, height, channels: 1, pixels: stored === 1 ? whole : everyNth(whole, stored) }
  return { width, height, channels: 3, pixels: stored === 3 ? whole : withoutAlpha(whole) }
}

/** Values of 1, 2 or 4 bits, each row in whole bytes, first value in the upper bits. */
function unpackBits(packed: Uint8Array, width: number, height: number, depth: number): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 8)
  const mask = 2 ** depth - 1
  const values = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth
      const byte = packed[y * rowBytes + (bit >> 3)] as number
      values[y * width + x] = (byte >> (8 - depth - (bit & 7))) & mask
    }
  }
  return values
}

function paletteColours(indices: Uint8Array, palette: readonly (readonly number[])[]): Uint8Array {
  const pixels = new Uint8Array(indices.length * 3)
  indices.forEach((index, i) => {
    const colour = palette[index]
    if (!colour) throw new Error(`colour ${index} is not in the palette of ${palette.length}`)
    for (let channel = 0; channel < 3; channel++) pixels[3 * i + channel] = colour[channel] as number
  })
  return pixels
}

function everyNth(values: Uint8Array, stride: number): Uint8Array {
  const taken = new Uint8Array(values.length / stride)
  for (let i = 0; i < taken.length; i++) taken[i] = values[i * stride] as number
  return taken
}

function withoutAlpha(values: Uint8Array): Uint8Array {
  const pixels = new Uint8Array((values.length / 4) * 3)
  for (let from = 0, to = 0; to < pixels.length; from += 4, to += 3) {
    pixels[to] = values[from] as number
    pixels[to + 1] = values[from + 1] as number
    pixels[to + 2] = values[from + 2] as number
  }
  return pixels
}
