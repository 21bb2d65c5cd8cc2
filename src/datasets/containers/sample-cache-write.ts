import { joinBytes } from '../../archives/join-bytes.js'
import { LimitError, ShapeError } from '../../errors.js'
import { elementCount } from './numeric-array.js'
import {
  aligned,
  type CacheDescription,
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

/** Where a cache is written to: a file, or memory. */
export interface CacheSink {
  write(offset: number, bytes: Uint8Array): Promise<void>
}

export interface CachedSample {
  /** Of the cache's type. */
  readonly data: Uint8Array | Float32Array
  /** A whole number of 32 bits; -1 where there is none. */
  readonly label: number
}

/** Bytes gathered before they are written. */
const gathered = 2 ** 20

/**
 * Writes a cache, one sample in memory at a time. Give it a place of its own and move it to its name afterwards, as
 * `saveSampleCache` does: until the end the file has no magic and is refused.
 *
 * @returns the number of samples and the content hash, the same for the same description and samples
 * @throws ShapeError on a sample of another type or size than described, or a label of more than 32 bits
 * @throws LimitError on more samples than an index may have, or a description of over 1 MiB
 */
export async function writeSampleCache(
  sink: CacheSink,
  description: CacheDescription,
  samples: AsyncIterable<CachedSample> | Iterable<CachedSample>,
): Promise<{ readonly count: number; readonly hash: string }> {
  const { type, shape, configuration } = description
  const text = new TextEncoder().encode(canonicalJson({ type, shape, configuration }))
  if (text.length > longestDescription) {
    throw new LimitError('sample cache', `its description may have ${longestDescription} bytes; it has ${text.length}.`)
  }
  const out = new GatheringSink(sink, cacheHeaderBytes)
  await out.put(text)
  const index: Uint8Array[] = []
  for await (const { data, label } of samples) {
    if (index.length >= mostSamples) throw new LimitError('sample cache', `may hold ${mostSamples} samples.`)
    checkSample(data, label, description, index.length)
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    await out.align()
    const record = new Uint8Array(cacheRecordBytes)
    const view = new DataView(record.buffer)
    view.setBigUint64(0, BigInt(out.at), true)
    view.setUint32(8, bytes.length, true)
    view.setInt32(12, label, true)
    record.set(await sampleDigest(bytes), 16)
    index.push(record)
    await out.put(bytes)
  }
  await out.align()
  const indexAt = out.at
  const records = joinBytes(index)
  await out.put(records)
  await out.flush()
  const hash = await sha256(joinBytes([text, records]))
  await sink.write(0, headerBytes(text.length, index.length, indexAt, hash))
  return { count: index.length, hash: hexadecimal(hash) }
}

export const hexadecimal = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

function headerBytes(descriptionBytes: number, count: number, indexAt: number, hash: Uint8Array): Uint8Array {
  const header = new Uint8Array(cacheHeaderBytes)
  const view = new DataView(header.buffer)
  header.set(new TextEncoder().encode(cacheMagic))
  view.setUint32(8, cacheVersion, true)
  view.setUint32(12, descriptionBytes, true)
  view.setBigUint64(16, BigInt(count), true)
  view.setBigUint64(24, BigInt(indexAt), true)
  header.set(hash, 32)
  return header
}

function checkSample(data: CachedSample['data'], label: number, { type, shape }: CacheDescription, i: number): void {
  const where = `sample ${i}`
  if (type === 'float32' ? !(data instanceof Float32Array) : !(data instanceof Uint8Array)) {
    throw new ShapeError(where, `must be of the cache's type ${type}; it is a ${data.constructor.name}.`)
  }
  if (shape !== null && data.length !== elementCount(shape)) {
    throw new ShapeError(
      where,
      `must have ${elementCount(shape)} values, [${shape.join(', ')}]; it has ${data.length}.`,
    )
  }
  if (data.byteLength > 0xffffffff) throw new ShapeError(where, `may have 2^32 - 1 bytes; it has ${data.byteLength}.`)
  if (!Number.isInteger(label) || label < -(2 ** 31) || label >= 2 ** 31) {
    throw new ShapeError(where, `its label must be a whole number of 32 bits; it is ${label}.`)
  }
}

/** Bytes in memory as a sink, for a page and for tests. */
export class MemorySink implements CacheSink {
  private memory = new Uint8Array(1024)
  private length = 0

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    const end = offset + bytes.length
    if (end > this.memory.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.memory.length))
      grown.set(this.memory)
      this.memory = grown
    }
    this.memory.set(bytes, offset)
    this.length = Math.max(this.length, end)
  }

  bytes(): Uint8Array {
    return this.memory.subarray(0, this.length)
  }
}

/** Writes front to back in pieces of about a mebibyte. */
class GatheringSink {
  private parts: Uint8Array[] = []
  private waiting = 0

  constructor(
    private readonly sink: CacheSink,
    /** Where the next byte goes. */
    public at: number,
  ) {}

  async put(bytes: Uint8Array): Promise<void> {
    // the caller may use its memory again at once
    this.parts.push(new Uint8Array(bytes))
    this.waiting += bytes.length
    this.at += bytes.length
    if (this.waiting >= gathered) await this.flush()
  }

  async align(): Promise<void> {
    await this.put(new Uint8Array(aligned(this.at) - this.at))
  }

  async flush(): Promise<void> {
    const piece = joinBytes(this.parts)
    this.parts = []
    this.waiting = 0
    if (piece.length > 0) await this.sink.write(this.at - piece.length, piece)
  }
}
