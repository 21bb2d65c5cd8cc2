/**
 * The cache file of one data set in one configuration. Little-endian:
 *
 *   0   8  magic "NMSAMPLE", written last: a file without it was not finished
 *   8   4  version, 1
 *  12   4  bytes of the description
 *  16   8  number of samples
 *  24   8  where the index begins
 *  32  32  SHA-256 of the description and the index
 *  64   .  description, JSON in UTF-8
 *   .   .  samples, each at a multiple of 64
 *   .   .  index: 32 bytes a sample: offset (8), bytes (4), label (4, signed), first half of the sample's SHA-256 (16)
 *
 * The index carries a digest of every sample, so the one hash in the header stands for all contents.
 */
import { FileFormatError } from '../../errors.js'

export const cacheMagic = 'NMSAMPLE'
export const cacheVersion = 1
export const cacheHeaderBytes = 64
export const cacheRecordBytes = 32
export const cacheAlignment = 64
/** Longest description, in bytes. */
export const longestDescription = 2 ** 20
/** Most samples in a file: their index takes 2 GiB then. */
export const mostSamples = 2 ** 26

export type SampleType = 'uint8' | 'float32'

/** What a cache says of itself. */
export interface CacheDescription {
  readonly type: SampleType
  /** Axes of every sample; null where samples differ in length. */
  readonly shape: readonly number[] | null
  /** Whatever decides the samples: set, part, transforms, versions. Plain JSON values. */
  readonly configuration: Readonly<Record<string, unknown>>
}

export const aligned = (offset: number): number => Math.ceil(offset / cacheAlignment) * cacheAlignment

/** The first half of the SHA-256 of a sample. */
export async function sampleDigest(bytes: Uint8Array): Promise<Uint8Array> {
  return (await sha256(bytes)).subarray(0, 16)
}

export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>))
}

/** JSON with the keys of every object sorted, so that equal descriptions are equal bytes. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

export const cacheError = (name: string, what: string, cause?: unknown): FileFormatError =>
  new FileFormatError(
    name,
    what,
    'Delete it: it is made anew when it is needed.',
    cause === undefined ? undefined : { cause },
  )
