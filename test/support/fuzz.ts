/** Damaged copies of good files, the same for the same seed. */
import { expect } from 'vitest'
import { NeuromotifError } from '../../src/errors.js'

/** xorshift32 (Marsaglia 2003): whole numbers of 32 bits. */
export function randomWords(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

/** One damaged copy: cut, with bytes changed, with words set to extremes, or with a stretch moved. */
export function damaged(bytes: Uint8Array, seed: number): Uint8Array {
  const next = randomWords(seed)
  const below = (limit: number) => (limit === 0 ? 0 : next() % limit)
  // headers are where lengths stand: half of all changes go to the first and the last 512 bytes
  const place = (from: Uint8Array) => {
    const where = below(4)
    if (where === 0) return below(Math.min(from.length, 512))
    return where === 1 ? from.length - 1 - below(Math.min(from.length, 512)) : below(from.length)
  }
  // a Buffer's own slice would share its memory
  const copy = new Uint8Array(bytes)
  const kind = below(5)
  if (kind === 0) return copy.subarray(0, below(copy.length))
  for (let changes = 1 + below(6); changes > 0 && copy.length > 0; changes--) {
    const at = place(copy)
    if (kind === 1) copy[at] = next()
    else if (kind === 2) copy[at] = (copy[at] as number) ^ (1 << below(8))
    else if (kind === 3) copy.fill([0x00, 0xff, 0x7f, 0x80][below(4)] as number, at, at + 1 + below(8))
    else copy.copyWithin(at, place(copy), Math.min(copy.length, place(copy) + 1 + below(64)))
  }
  return copy
}

export interface FuzzCount {
  inputs: number
  refused: number
  read: number
  /** Milliseconds of the slowest input. */
  slowest: number
}

/**
 * Reads `count` damaged copies of each file. A reader may refuse with one of our errors or read on; anything else fails
 * the test and names the seed.
 */
export async function fuzz(
  files: readonly Uint8Array[],
  count: number,
  read: (bytes: Uint8Array) => Promise<unknown> | unknown,
  firstSeed = 1,
): Promise<FuzzCount> {
  const result: FuzzCount = { inputs: 0, refused: 0, read: 0, slowest: 0 }
  for (const [file, bytes] of files.entries()) {
    for (let seed = firstSeed; seed < firstSeed + count; seed++) {
      const start = performance.now()
      try {
        await read(damaged(bytes, seed * 31 + file))
        result.read++
      } catch (error) {
        if (!(error instanceof NeuromotifError)) {
          expect.fail(`file ${file}, seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`)
        }
        result.refused++
      }
      result.inputs++
      result.slowest = Math.max(result.slowest, performance.now() - start)
    }
  }
  return result
}

export const fuzzReport = (name: string, { inputs, refused, read, slowest }: FuzzCount): string =>
  `${name}: ${inputs} damaged inputs, ${refused} refused, ${read} read, slowest ${slowest.toFixed(0)} ms`
