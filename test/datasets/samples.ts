/** Small data made in place, shared by the tests of this folder. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gzipSync } from 'fflate'
import type { NamedBytes } from '../../src/datasets/idx.js'
import type { EventSplit, ImageSplit } from '../../src/datasets/types.js'

/** Folder of the real data sets; absent on most machines. */
export const testData = resolve(process.env.NEUROMOTIF_TEST_DATA ?? '../shared/data')
export const fashionFolder = '/usr/share/datasets/fashion-mnist'

/** A title that says why a test was left out. */
export const needs = (path: string) => ({
  missing: !existsSync(path),
  because: existsSync(path) ? '' : ` (left out: ${path} is not on this machine)`,
})

export const readNamed = (path: string): NamedBytes => ({ name: path, bytes: readFileSync(path) })

export function idxBytes(dimensions: readonly number[], data: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * dimensions.length + data.length)
  bytes.set([0, 0, 8, dimensions.length])
  const view = new DataView(bytes.buffer)
  dimensions.forEach((size, i) => {
    view.setUint32(4 + 4 * i, size)
  })
  bytes.set(Array.from(data), 4 + 4 * dimensions.length)
  return bytes
}

export const zipped = (bytes: Uint8Array): Uint8Array => gzipSync(bytes, { mtime: 0 })

/** Images whose every value tells sample, place and channel apart; labels take turns over `classes`. */
export function images(count: number, side: number, channels: number, classes: number): ImageSplit {
  const size = side * side * channels
  return {
    kind: 'image',
    count,
    height: side,
    width: side,
    channels,
    pixels: Uint8Array.from({ length: count * size }, (_, i) => (i * 7 + Math.floor(i / size)) % 256),
    labels: Uint8Array.from({ length: count }, (_, i) => i % classes),
  }
}

export function events(count: number, timeSteps: number, side: number): EventSplit {
  return {
    kind: 'event',
    count,
    timeSteps,
    height: side,
    width: side,
    channels: 2,
    counts: Uint8Array.from({ length: count * timeSteps * side * side * 2 }, (_, i) => (i * 5) % 251),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 2),
  }
}

export const sum = (values: Iterable<number>): number => {
  let total = 0
  for (const value of values) total += value
  return total
}

export const ascending = (values: Iterable<number>): number[] => [...values].sort((a, b) => a - b)
