import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LimitError } from '../../src/errors.js'
import { createDawn } from '../../src/host/node/dawn.js'
import { BufferPool } from '../../src/runtime/buffer-pool.js'
import { RandomSequence, RandomStream } from '../../src/runtime/philox.js'

const kibibyte = 1024
const mebibyte = 1024 * kibibyte

// buffers of Dawn's null backend are as real as any to the pool
let device: GPUDevice

beforeAll(async () => {
  const adapter = await (await createDawn({ backend: 'null' })).requestAdapter()
  if (!adapter) throw new Error('Dawn must offer its null adapter and does not')
  device = await adapter.requestDevice()
})

afterAll(() => device.destroy())

const poolOf = (budget: number) => new BufferPool(device, budget)

describe('BufferPool', () => {
  it('hands out buffers that are large enough and at most an eighth larger', () => {
    const pool = poolOf(64 * mebibyte)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: mebibyte }), (bytes) => {
        const buffer = pool.acquire(bytes)
        pool.release(buffer)
        pool.trim()
        expect(buffer.size).toBeGreaterThanOrEqual(bytes)
        expect(buffer.size).toBeLessThanOrEqual(Math.max(256, bytes * 1.125 + 256))
        expect(buffer.size % 256).toBe(0)
      }),
      { numRuns: 40, seed: 41 },
    )
    pool.destroy()
  })

  it('gives a released buffer out again, also for a somewhat smaller wish', () => {
    const pool = poolOf(64 * mebibyte)
    const first = pool.acquire(100 * kibibyte)
    pool.release(first)
    expect(pool.acquire(100 * kibibyte)).toBe(first)
    pool.release(first)
    expect(pool.acquire(60 * kibibyte)).toBe(first)
    pool.release(first)
    // but does not waste most of it
    expect(pool.acquire(30 * kibibyte)).not.toBe(first)
    expect(pool.counters.buffersCreated).toBe(2)
    pool.destroy()
  })

  it('prefers the smallest free buffer that fits', () => {
    const pool = poolOf(64 * mebibyte)
    const [large, small] = [pool.acquire(90 * kibibyte), pool.acquire(64 * kibibyte)]
    pool.release(large)
    pool.release(small)
    expect(pool.acquire(60 * kibibyte)).toBe(small)
    expect(pool.acquire(60 * kibibyte)).toBe(large)
    pool.destroy()
  })

  it('never hands out a buffer that somebody holds', () => {
    const pool = poolOf(64 * mebibyte)
    const held = Array.from({ length: 20 }, () => pool.acquire(4096))
    expect(new Set(held).size).toBe(20)
    pool.destroy()
  })

  it('ignores a second release, and buffers of others', () => {
    const pool = poolOf(64 * mebibyte)
    const buffer = pool.acquire(4096)
    pool.release(buffer)
    pool.release(buffer)
    const stranger = poolOf(mebibyte).acquire(4096)
    pool.release(stranger)
    expect(pool.counters.usedBytes).toBe(0)
    expect(pool.acquire(4096)).toBe(buffer)
    expect(pool.acquire(4096)).not.toBe(buffer)
    pool.destroy()
  })

  it('refuses what exceeds the budget with a LimitError, and goes on afterwards', () => {
    const pool = poolOf(mebibyte)
    const held = pool.acquire(700 * kibibyte, 'weights')
    expect(() => pool.acquire(700 * kibibyte, 'activations')).toThrow(LimitError)
    expect(() => pool.acquire(700 * kibibyte, 'activations')).toThrow(/E_LIMIT activations: .*budget is 1\.0 MiB/)
    expect(pool.counters.usedBytes).toBe(held.size)
    expect(pool.acquire(100 * kibibyte).size).toBeGreaterThanOrEqual(100 * kibibyte)
    pool.destroy()
  })

  it('destroys free buffers before it refuses', () => {
    const pool = poolOf(mebibyte)
    pool.release(pool.acquire(600 * kibibyte))
    const buffer = pool.acquire(100 * kibibyte)
    expect(pool.acquire(700 * kibibyte).size).toBeGreaterThanOrEqual(700 * kibibyte)
    expect(pool.counters.allocatedBytes).toBe(pool.counters.usedBytes)
    expect(buffer.mapState).toBe('unmapped')
    pool.destroy()
  })

  it('refuses one buffer above the limit of the device with a LimitError', () => {
    const pool = poolOf(2 ** 40)
    const most = device.limits.maxBufferSize
    expect(() => pool.acquire(most + 4, 'spikes')).toThrow(/E_LIMIT spikes: .*the device allows/)
    expect(pool.counters.allocatedBytes).toBe(0)
  })

  it('leaks nothing over thousands of random acquisitions and releases', () => {
    const pool = poolOf(64 * mebibyte)
    const random = new RandomSequence([7, 0], RandomStream.syntheticData)
    const held: GPUBuffer[] = []
    const largest = 256 * kibibyte
    const most = 8
    const cycle = () => {
      if (held.length < most && random.next() < 0.6) held.push(pool.acquire(1 + random.integer(largest)))
      else if (held.length > 0) pool.release(held.splice(random.integer(held.length), 1)[0] as GPUBuffer)
      const used = held.reduce((sum, buffer) => sum + buffer.size, 0)
      expect(pool.counters.usedBytes).toBe(used)
      expect(pool.counters.allocatedBytes).toBeGreaterThanOrEqual(used)
      expect(pool.counters.peakBytes).toBeGreaterThanOrEqual(pool.counters.allocatedBytes)
    }
    for (let i = 0; i < 2000; i++) cycle()
    // a free buffer serves every wish down to half its size, so few of each size exist
    const settled = pool.counters
    expect(settled.allocatedBytes).toBeLessThanOrEqual(4 * most * largest)
    for (let i = 0; i < 2000; i++) cycle()
    expect(pool.counters.allocatedBytes).toBeLessThanOrEqual(settled.allocatedBytes * 1.25)
    expect(pool.counters.buffersCreated - settled.buffersCreated).toBeLessThan(settled.buffersCreated / 4)
    for (const buffer of held) pool.release(buffer)
    expect(pool.counters.usedBytes).toBe(0)
    pool.trim()
    expect(pool.counters.allocatedBytes).toBe(0)
  })

  it('stays within a tight budget over random acquisitions, refusing only what really cannot fit', () => {
    const budget = mebibyte
    const pool = poolOf(budget)
    const random = new RandomSequence([8, 0], RandomStream.syntheticData)
    const held: GPUBuffer[] = []
    let refused = 0
    for (let i = 0; i < 1000; i++) {
      if (random.next() < 0.6) {
        const bytes = 1 + random.integer(300 * kibibyte)
        try {
          held.push(pool.acquire(bytes))
        } catch (error) {
          expect(error).toBeInstanceOf(LimitError)
          expect(pool.counters.usedBytes + bytes * 1.125 + 256).toBeGreaterThan(budget)
          refused++
        }
      } else if (held.length > 0) pool.release(held.splice(random.integer(held.length), 1)[0] as GPUBuffer)
      expect(pool.counters.allocatedBytes).toBeLessThanOrEqual(budget)
    }
    expect(refused).toBeGreaterThan(0)
    pool.destroy()
  })

  it('is empty after destroy', () => {
    const pool = poolOf(mebibyte)
    pool.acquire(4096)
    pool.release(pool.acquire(8192))
    pool.destroy()
    expect(pool.counters).toMatchObject({ allocatedBytes: 0, usedBytes: 0 })
  })
})
