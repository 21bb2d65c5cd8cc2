import { existsSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSampleCache } from '../../../src/datasets/containers/sample-cache.js'
import { loadSampleCache, saveSampleCache } from '../../../src/datasets/containers/sample-cache-file.js'
import type { CacheDescription } from '../../../src/datasets/containers/sample-cache-format.js'
import { type CachedSample, MemorySink, writeSampleCache } from '../../../src/datasets/containers/sample-cache-write.js'
import { type ByteSource, bytesSource } from '../../../src/datasets/events/byte-source.js'
import { FileFormatError, OptionError, ShapeError } from '../../../src/errors.js'
import { fuzz, fuzzReport } from '../../support/fuzz.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuromotif-cache-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const plain: CacheDescription = { type: 'uint8', shape: null, configuration: { set: 'nmnist', bins: 10 } }
const sample = (label: number, ...values: number[]): CachedSample => ({ data: Uint8Array.from(values), label })
async function written(samples: readonly CachedSample[], description = plain) {
  const sink = new MemorySink()
  return { ...(await writeSampleCache(sink, description, samples)), bytes: sink.bytes() }
}
const opened = async (samples: readonly CachedSample[], description = plain) =>
  openSampleCache(bytesSource('cache', (await written(samples, description)).bytes))

describe('the sample cache', () => {
  it('gives back samples and labels by number, alone and many at once', async () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((data) => data as Uint8Array | Float32Array)
    const floats = fc
      .array(fc.float({ noNaN: true }), { maxLength: 60 })
      .map((values) => Float32Array.from(values) as Uint8Array | Float32Array)
    const cases = fc.constantFrom('uint8' as const, 'float32' as const).chain((type) =>
      fc.record({
        type: fc.constant(type),
        samples: fc.array(fc.record({ data: type === 'uint8' ? bytes : floats, label: fc.integer() }), {
          maxLength: 12,
        }),
        order: fc.array(fc.nat(11), { maxLength: 15 }),
      }),
    )
    await fc.assert(
      fc.asyncProperty(cases, async ({ type, samples, order }) => {
        const cache = await opened(samples, { ...plain, type })
        expect(cache.count).toBe(samples.length)
        expect([...cache.labels]).toEqual(samples.map(({ label }) => label))
        for (const [i, { data }] of samples.entries()) {
          expect(await cache.read(i)).toEqual(data)
          expect(cache.place(i).offset % 64).toBe(0)
        }
        const wanted = order.filter((i) => i < samples.length)
        expect(await cache.readMany(wanted)).toEqual(wanted.map((i) => samples[i]?.data))
        await cache.verify()
      }),
      { numRuns: 60 },
    )
  })

  it('has the same hash for the same contents only', async () => {
    const one = await written([sample(3, 1, 2), sample(4, 5)])
    const { hash, bytes } = await written([sample(3, 1, 2), sample(4, 5)], {
      ...plain,
      configuration: { bins: 10, set: 'nmnist' },
    })
    expect([hash, bytes]).toEqual([one.hash, one.bytes])
    const others = [
      await written([sample(3, 1, 2), sample(4, 6)]),
      await written([sample(3, 1, 2), sample(5, 5)]),
      await written([sample(3, 1, 2)]),
      await written([sample(3, 1, 2), sample(4, 5)], { ...plain, configuration: { set: 'nmnist', bins: 11 } }),
    ]
    expect(new Set([one, ...others].map((each) => each.hash)).size).toBe(5)
    expect((await openSampleCache(bytesSource('cache', bytes))).hash).toBe(hash)
  })

  it('reads neighbours together and far samples apart', async () => {
    const { bytes } = await written(Array.from({ length: 100 }, (_, i) => sample(i, ...new Array(1000).fill(i))))
    const reads: [number, number][] = []
    const source: ByteSource = {
      ...bytesSource('cache', bytes),
      read: async (offset, length) => {
        reads.push([offset, length])
        return bytes.subarray(offset, offset + length)
      },
    }
    const cache = await openSampleCache(source)
    reads.length = 0
    const many = await cache.readMany([50, 3, 2, 51, 50])
    expect(many.map((values) => values[0])).toEqual([50, 3, 2, 51, 50])
    expect(reads).toHaveLength(2)
  })

  it('is refused when it was made for something else', async () => {
    const { bytes } = await written([sample(1, 2)])
    const source = bytesSource('cache', bytes)
    await openSampleCache(source, { description: { ...plain, configuration: { bins: 10, set: 'nmnist' } } })
    await expect(
      openSampleCache(source, { description: { ...plain, configuration: { bins: 20, set: 'nmnist' } } }),
    ).rejects.toThrow(/another configuration/)
  })

  it('refuses samples that are not as described, and numbers that are none', async () => {
    const shaped = { ...plain, shape: [2, 2] }
    await expect(written([sample(0, 1, 2, 3)], shaped)).rejects.toThrow(ShapeError)
    await expect(written([{ data: new Float32Array(4), label: 0 }], shaped)).rejects.toThrow(
      /type uint8; it is a Float32Array/,
    )
    await expect(written([sample(2 ** 31, 1)])).rejects.toThrow(/32 bits; it is 2147483648/)
    const cache = await opened([sample(0, 1, 2, 3, 4)], shaped)
    for (const i of [-1, 1, 0.5, Number.NaN]) {
      await expect(cache.read(i)).rejects.toThrow(OptionError)
      await expect(cache.readMany([i])).rejects.toThrow(OptionError)
    }
  })

  it('is refused when it is cut anywhere, and when any byte of header, description or index is changed', async () => {
    const { bytes } = await written([sample(1, 2, 3), sample(4, 5)])
    for (let length = 0; length < bytes.length; length++) {
      await expect(openSampleCache(bytesSource('cut', bytes.subarray(0, length)))).rejects.toThrow(FileFormatError)
    }
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.map((byte, i) => (i === at ? byte ^ 1 : byte))
      const found = await openSampleCache(bytesSource('changed', changed)).catch((error: unknown) => error)
      if (found instanceof FileFormatError) continue
      // a sample's byte, or padding that nobody reads
      const samples = (found as Awaited<ReturnType<typeof openSampleCache>>).readMany([0, 1])
      const isSample = [0, 1].some((i) => {
        const { offset, bytes: length } = (found as Awaited<ReturnType<typeof openSampleCache>>).place(i)
        return at >= offset && at < offset + length
      })
      if (isSample) await expect(samples).rejects.toThrow(/is not what was written/)
      else expect(await samples).toEqual([Uint8Array.of(2, 3), Uint8Array.of(5)])
    }
  })

  it('survives damaged files', async () => {
    const { bytes } = await written([sample(1, 2, 3), sample(4, 5), sample(6)])
    const count = await fuzz([bytes], 2000, async (damaged) =>
      (await openSampleCache(bytesSource('damaged', damaged))).readMany([0, 1, 2]),
    )
    console.log(fuzzReport('sample cache', count))
    expect(count.refused).toBeGreaterThan(1500)
  })

  it('appears on disk whole or not at all', async () => {
    const path = join(folder, 'deep', 'set.cache')
    const { hash } = await saveSampleCache(path, plain, [sample(7, 8, 9)])
    const { cache, close } = await loadSampleCache(path, { description: plain })
    expect([cache.hash, [...cache.labels], await cache.read(0)]).toEqual([hash, [7], Uint8Array.of(8, 9)])
    await close()
    async function* failing() {
      yield sample(1, 2)
      throw new Error('the sensor caught fire')
    }
    await expect(saveSampleCache(path, plain, failing())).rejects.toThrow('caught fire')
    await expect(saveSampleCache(join(folder, 'new'), plain, failing())).rejects.toThrow('caught fire')
    expect(readdirSync(join(folder, 'deep'))).toEqual(['set.cache'])
    expect(existsSync(join(folder, 'new'))).toBe(false)
    const again = await loadSampleCache(path)
    expect(again.cache.hash).toBe(hash)
    truncateSync(path, 100)
    await expect(again.cache.read(0)).rejects.toThrow(FileFormatError)
    await again.close()
    writeFileSync(path, '')
    await expect(loadSampleCache(path)).rejects.toThrow(/does not begin like one/)
  })
})
