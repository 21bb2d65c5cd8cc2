/** Samples kept between runs, in Node: a cache file for each set and configuration. */

import { FileFormatError } from '../../errors.js'
import { digestName } from '../../host/node/checksum.js'
import { isPlainFile } from '../../host/node/disk.js'
import { loadSampleCache, saveSampleCache } from '../containers/sample-cache-file.js'
import type { CachedSample } from '../containers/sample-cache-write.js'
import type { CacheWriter, KeptSamples, SampleCache } from './load-tree.js'
import { decodePrepared, encodePrepared } from './prepared-bytes.js'

/** @param folder where the files lie; each is named after the digest of its key */
export function folderCache(folder: string): SampleCache {
  const pathOf = (key: string) => `${folder}/${digestName(key)}.samples`
  const descriptionOf = (key: string) => ({ type: 'uint8', shape: null, configuration: { key } }) as const
  const find = async (key: string): Promise<KeptSamples | null> => {
    const path = pathOf(key)
    if (!(await isPlainFile(path))) return null
    const opened = await loadSampleCache(path, { description: descriptionOf(key) }).catch((error: unknown) => {
      // a damaged file is made anew
      if (error instanceof FileFormatError) return null
      throw error
    })
    if (!opened) return null
    const { cache } = opened
    try {
      const count = cache.count - 1
      const facts = await cache.read(count)
      if (!(facts instanceof Uint8Array)) return null
      const set = decodePrepared(facts, path)
      const starts = Float64Array.from({ length: count }, (_, i) => cache.place(i).offset)
      const ends = Float64Array.from({ length: count }, (_, i) => cache.place(i).offset + cache.place(i).bytes)
      return { set, records: { bytes: { kind: 'disk', path }, starts, ends } }
    } catch (error) {
      if (error instanceof FileFormatError) return null
      throw error
    } finally {
      await opened.close()
    }
  }
  return {
    find,
    async create(key): Promise<CacheWriter> {
      const feed = new Feed<CachedSample>()
      const written = saveSampleCache(pathOf(key), descriptionOf(key), feed.items())
      // a failure to write is told by the next append
      written.catch((error: unknown) => feed.fail(error))
      let open = true
      return {
        append: (bytes) => feed.put({ data: bytes, label: -1 }),
        async finish(set) {
          await feed.put({ data: encodePrepared(set), label: -1 })
          feed.end()
          await written
          open = false
          const kept = await find(key)
          if (!kept) throw new FileFormatError(pathOf(key), 'was written and cannot be read.', 'Check the disk.')
          return kept
        },
        async abandon() {
          if (!open) return
          feed.fail(new Error('abandoned'))
          await written.catch(() => undefined)
        },
      }
    },
  }
}

/** Items given one by one to whoever walks them; giving waits until the one before was taken. */
class Feed<T> {
  private readonly waiting: T[] = []
  private ended = false
  private fault: unknown = null
  private wake: () => void = () => {}

  async put(item: T): Promise<void> {
    while (this.waiting.length > 16 && this.fault === null) await this.change()
    if (this.fault !== null) throw this.fault
    this.waiting.push(item)
    this.wake()
  }

  end(): void {
    this.ended = true
    this.wake()
  }

  fail(fault: unknown): void {
    this.fault ??= fault
    this.wake()
  }

  async *items(): AsyncGenerator<T, void, undefined> {
    for (;;) {
      if (this.fault !== null) throw this.fault
      const item = this.waiting.shift()
      if (item !== undefined) {
        this.wake()
        yield item
      } else if (this.ended) return
      else await this.change()
    }
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.wake
      this.wake = () => {
        before()
        this.wake = () => {}
        resolve()
      }
    })
  }
}
