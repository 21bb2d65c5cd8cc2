/** Options of a reader, checked and with their defaults. */
import { OptionError } from '../../../errors.js'
import type { EventReaderOptions } from '../event-reader.js'

export interface ReaderSettings {
  readonly truncated: 'warn' | 'error'
  readonly width: number | null
  readonly height: number | null
  readonly chunkBytes: number
}

export const defaultChunkBytes = 4 * 1024 * 1024
const largestChunk = 2 ** 30

/** @throws OptionError */
export function wholeNumberOption(name: string, value: number | undefined, low: number, high: number): number | null {
  if (value === undefined) return null
  if (!Number.isInteger(value) || value < low || value > high) {
    throw new OptionError(name, `must be a whole number from ${low} to ${high}; got ${value}.`)
  }
  return value
}

/** @throws OptionError */
export function choiceOption<T extends string>(
  name: string,
  value: T | undefined,
  choices: readonly [T, ...(readonly T[])],
): T {
  if (value === undefined) return choices[0]
  if (choices.includes(value)) return value
  throw new OptionError(name, `must be one of ${choices.join(', ')}; got ${value}.`)
}

/** @throws OptionError on anything out of range */
export function readerSettings(options: EventReaderOptions): ReaderSettings {
  return {
    truncated: choiceOption('truncated', options.truncated, ['warn', 'error']),
    width: wholeNumberOption('width', options.width, 1, 65536),
    height: wholeNumberOption('height', options.height, 1, 65536),
    chunkBytes: wholeNumberOption('chunkBytes', options.chunkBytes, 1, largestChunk) ?? defaultChunkBytes,
  }
}

/** First column and row that no event may have; where the sensor is unknown, beyond all 16-bit coordinates. */
export const sensorEdge = (width: number | null, height: number | null) => ({
  columns: width ?? 65536,
  rows: height ?? 65536,
})
