/** Caches on disk, in Node. */

import { type OpenCacheOptions, openSampleCache, type SampleCache } from './sample-cache.js'
import type { CacheDescription } from './sample-cache-format.js'
import { type CachedSample, writeSampleCache } from './sample-cache-write.js'

/**
 * Writes a cache file that is there whole or not at all: it gets its name when all samples are in it and on the disk.
 * @throws as `writeSampleCache`, whatever `samples` throws, and DiskError; the temporary file is gone then
 */
export async function saveSampleCache(
  path: string,
  description: CacheDescription,
  samples: AsyncIterable<CachedSample> | Iterable<CachedSample>,
): Promise<{ readonly count: number; readonly hash: string }> {
  // loaded on use, so that a page can import this file
  const { atomicFile } = await import('../../host/node/atomic-file.js')
  const file = await atomicFile(path)
  try {
    const written = await writeSampleCache(file, description, samples)
    await file.commit()
    return written
  } finally {
    await file.discard()
  }
}

/**
 * Opens a cache file; whoever opens it closes it.
 * @throws DiskError when it cannot be read, and as `openSampleCache`
 */
export async function loadSampleCache(
  path: string,
  options: OpenCacheOptions = {},
): Promise<{ readonly cache: SampleCache; close(): Promise<void> }> {
  const { fileSource } = await import('../../host/node/file-source.js')
  const source = await fileSource(path)
  try {
    return { cache: await openSampleCache(source, options), close: () => source.close() }
  } catch (error) {
    await source.close()
    throw error
  }
}
