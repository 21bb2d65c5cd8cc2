import { joinBytes } from '../../archives/join-bytes.js'
import { OptionError } from '../../errors.js'
import type { ByteSource } from '../events/byte-source.js'
import { elementCount } from './numeric-array.js'
import {
  aligned,
  type CacheDescription,
  cacheError,
  cacheHeaderBytes,
  cacheMagic,
  cacheRecordBytes,
  cacheVersion,
  canonicalJson,
  longestDescription,
  mostSamples,
  sampleDigest,
  sha256,
} from './sample-cache-format.js'
import { hexadecimal } from './sample-cache-write.js'

export interface OpenCacheOptions {
  /** What the cache must say of itself; another one is refused. */
  readonly description?: CacheDescription
  /** Whether each sample that is read is compared with its digest; default true. The index always is. */
  readonly verify?: boolean
}

/** Samples that lie this near to one another are read in one go, up to so many bytes. */
const nearby = 4096
const largestRun = 2 ** 22

/**
 * Opens a cache. The header and the index are read, and compared with the content hash; samples are read when asked for.
 * @throws FileFormatError when it is no cache, unfinished, cut, changed, of another version, or of another description
 */
export async function openSampleCache(source: ByteSource, options: OpenCacheOptions = {}): Promise<SampleCache> {
  const { name } = source
  const header = await source.read(0, cacheHeaderBytes)
  if (header.length < cacheHeaderBytes || new TextDecoder().decode(header.subarray(0, 8)) !== cacheMagic) {
    throw cacheError(name, 'must be a finished sample cache; it does not begin like one.')
  }
  const view = new DataView(header.buffer, header.byteOffset, header.length)
  const version = view.getUint32(8, true)
  if (version !== cacheVersion) throw cacheError(name, `must have version ${cacheVersion}; it has ${version}.`)
  const textBytes = view.getUint32(12, true)
  const count = Number(view.getBigUint64(16, true))
  const indexAt = Number(view.getBigUint64(24, true))
  const dataAt = aligned(cacheHeaderBytes + textBytes)
  const sizes = textBytes <= longestDescription && count <= mostSamples && indexAt >= dataAt
  if (!sizes || source.size !== indexAt + count * cacheRecordBytes) {
    throw cacheError(name, `its sizes do not fit: ${count} samples, index at byte ${indexAt} of ${source.size}.`)
  }
  const text = await source.read(cacheHeaderBytes, textBytes)
  const index = await source.read(indexAt, count * cacheRecordBytes)
  const hash = header.slice(32, 64)
  const found = await sha256(joinBytes([text, index]))
  if (found.some((byte, i) => byte !== hash[i])) throw cacheError(name, 'its contents do not have the hash it states.')
  const description = parseDescription(text, name)
  const { description: wanted } = options
  if (wanted && canonicalJson(normal(wanted)) !== canonicalJson(description)) {
    throw cacheError(name, 'was made for another configuration.')
  }
  return new SampleCache(
    source,
    description,
    checkedIndex(index, description, dataAt, indexAt, name),
    hexadecimal(hash),
    {
      verify: options.verify ?? true,
    },
  )
}

/** An opened cache: samples by number, in any order. */
export class SampleCache {
  readonly count: number
  /** `[count]`, -1 where a sample has none. */
  readonly labels: Int32Array

  constructor(
    private readonly source: ByteSource,
    readonly description: CacheDescription,
    private readonly index: DataView,
    /** SHA-256 of everything in it, in hexadecimal. */
    readonly hash: string,
    private readonly options: { readonly verify: boolean },
  ) {
    this.count = index.byteLength / cacheRecordBytes
    this.labels = Int32Array.from({ length: this.count }, (_, i) => index.getInt32(i * cacheRecordBytes + 12, true))
  }

  /** Where sample `i` lies: the same bytes for whoever maps the file. */
  place(i: number): { readonly offset: number; readonly bytes: number } {
    if (!Number.isInteger(i) || i < 0 || i >= this.count) {
      throw new OptionError(this.source.name, `samples are numbered 0 to ${this.count - 1}; asked for ${i}.`)
    }
    const at = i * cacheRecordBytes
    return { offset: Number(this.index.getBigUint64(at, true)), bytes: this.index.getUint32(at + 8, true) }
  }

  /**
   * The values of one sample, in memory of their own.
   * @throws FileFormatError when they were changed or cut
   * @throws OptionError when there is no such sample
   */
  async read(i: number): Promise<Uint8Array | Float32Array> {
    const { offset, bytes } = this.place(i)
    return this.values(i, await this.source.read(offset, bytes))
  }

  /**
   * Several samples in the order asked for; neighbours in the file are read together.
   * @throws as `read`
   */
  async readMany(indices: ArrayLike<number>): Promise<(Uint8Array | Float32Array)[]> {
    const places = Array.from(indices, (sample, slot) => ({ sample, slot, ...this.place(sample) }))
    places.sort((a, b) => a.offset - b.offset)
    const found = new Array<Uint8Array | Float32Array>(places.length)
    for (let from = 0; from < places.length; ) {
      const start = (places[from] as (typeof places)[number]).offset
      let end = start
      let to = from
      for (let next = places[to]; next !== undefined; next = places[to]) {
        const after = Math.max(end, next.offset + next.bytes)
        if (to > from && (next.offset > end + nearby || after - start > largestRun)) break
        end = after
        to++
      }
      const run = await this.source.read(start, end - start)
      const values = places.slice(from, to).map(async ({ sample, slot, offset, bytes }) => {
        found[slot] = await this.values(sample, run.subarray(offset - start, offset - start + bytes))
      })
      await Promise.all(values)
      from = to
    }
    return found
  }

  /** Reads every sample and compares it with its digest. @throws FileFormatError naming the first that was changed */
  async verify(): Promise<void> {
    for (let i = 0; i < this.count; i++) {
      const { offset, bytes } = this.place(i)
      await this.compare(i, await this.source.read(offset, bytes))
    }
  }

  private async values(i: number, bytes: Uint8Array): Promise<Uint8Array | Float32Array> {
    const own = new Uint8Array(bytes)
    if (this.options.verify) await this.compare(i, own)
    else if (own.length !== this.place(i).bytes) throw cacheError(this.source.name, `it ends within sample ${i}.`)
    return this.description.type === 'float32' ? new Float32Array(own.buffer) : own
  }

  private async compare(i: number, bytes: Uint8Array): Promise<void> {
    const digest = await sampleDigest(bytes)
    const at = i * cacheRecordBytes + 16
    if (bytes.length === this.place(i).bytes && digest.every((byte, k) => byte === this.index.getUint8(at + k))) return
    throw cacheError(this.source.name, `sample ${i} is not what was written: it was changed or cut.`)
  }
}

const normal = ({ type, shape, configuration }: CacheDescription): CacheDescription => ({ type, shape, configuration })

function parseDescription(text: Uint8Array, name: string): CacheDescription {
  let parsed: unknown
  try {
    parsed = JSON.parse(new TextDecoder().decode(text))
  } catch (cause) {
    throw cacheError(name, 'its description is no JSON.', cause)
  }
  const { type, shape, configuration } = (parsed ?? {}) as Partial<Record<keyof CacheDescription, unknown>>
  const sizes = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0)
  const known = (type === 'uint8' || type === 'float32') && (shape === null || sizes)
  if (!known || typeof configuration !== 'object' || configuration === null) {
    throw cacheError(name, 'its description must have type, shape and configuration.')
  }
  return { type, shape: shape as number[] | null, configuration: configuration as Record<string, unknown> }
}

function checkedIndex(
  bytes: Uint8Array,
  { type, shape }: CacheDescription,
  dataAt: number,
  indexAt: number,
  name: string,
): DataView {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const size = type === 'float32' ? 4 : 1
  const expected = shape === null ? null : elementCount(shape) * size
  for (let at = 0; at < bytes.length; at += cacheRecordBytes) {
    const offset = Number(view.getBigUint64(at, true))
    const length = view.getUint32(at + 8, true)
    const inside = offset >= dataAt && offset + length <= indexAt
    if (inside && length % size === 0 && (expected === null || length === expected)) continue
    throw cacheError(name, `record ${at / cacheRecordBytes} of its index cannot be: ${length} bytes at ${offset}.`)
  }
  return view
}
