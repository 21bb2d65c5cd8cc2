import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { heldOutRecordings } from '../../src/datasets/recording-split.js'
import { makeSplits } from '../../src/datasets/splits.js'
import { images } from './samples.js'

/** Windows of recordings: `lengths[r]` windows of recording r, whose class is `classes[r]`. */
function windows(lengths: readonly number[], classes: readonly number[]) {
  const recordings = Uint32Array.from(lengths.flatMap((length, r) => new Array<number>(length).fill(r)))
  const labels = Uint8Array.from(recordings, (r) => classes[r] as number)
  return { recordings, labels, count: labels.length }
}

describe('holding out recordings', () => {
  it('never divides a recording, and leaves every class something to learn from', () => {
    const recording = fc.record({ length: fc.integer({ min: 1, max: 9 }), label: fc.nat(2) })
    const many = fc
      .array(recording, { minLength: 8, maxLength: 30 })
      .filter((all) => [0, 1, 2].every((label) => all.filter((one) => one.label === label).length !== 1))
    fc.assert(
      fc.property(many, fc.nat(99), fc.double({ min: 0.05, max: 0.6, noNaN: true }), (all, seed, share) => {
        const set = windows(
          all.map(({ length }) => length),
          all.map(({ label }) => label),
        )
        const { samples, by } = heldOutRecordings(set, set.recordings, seed, Math.max(1, Math.round(share * set.count)))
        expect(by).toBe('recordings')
        const sides = new Map<number, Set<number>>()
        samples.forEach((side, sample) => {
          const recordingOf = set.recordings[sample] as number
          sides.set(recordingOf, (sides.get(recordingOf) ?? new Set()).add(side))
        })
        for (const found of sides.values()) expect(found.size).toBe(1)
        const learnt = new Set(set.labels.filter((_, sample) => samples[sample] === 0))
        expect(learnt).toEqual(new Set(set.labels))
        expect(samples.some((side) => side === 1)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('comes near the number wished for', () => {
    const set = windows(
      new Array(60).fill(10),
      Array.from({ length: 60 }, (_, r) => r % 5),
    )
    const { samples } = heldOutRecordings(set, set.recordings, 1, 120)
    expect(samples.filter((side) => side === 1)).toHaveLength(120)
  })

  it('takes the endings, and says so, where a class has one recording only', () => {
    const set = windows([10, 10, 5], [0, 1, 1])
    const { samples, by } = heldOutRecordings(set, set.recordings, 1, 5)
    expect(by).toBe('endings')
    expect([...samples].join('')).toBe(`${'0000000011'.repeat(2)}00001`)
  })

  it('is what splits use where samples tell their recordings', () => {
    const { recordings, labels, count } = windows(
      new Array(20).fill(4),
      Array.from({ length: 20 }, (_, r) => r % 2),
    )
    const train = { ...images(count, 2, 1, 2), labels, recordings }
    const parts = makeSplits({ train, test: train }, { seed: 5, validation: 0.25, limits: { train: 30 } })
    expect(parts.train.count).toBe(30)
    const held = new Set(parts.validation.recordings)
    expect([...(parts.train.recordings ?? [])].some((recording) => held.has(recording))).toBe(false)
  })

  it('leaves an official validation part as it is', () => {
    const part = images(10, 2, 1, 2)
    const official = images(4, 2, 1, 2)
    const splits = makeSplits({ train: part, test: part, validation: official }, { seed: 1, validation: 0.5 })
    expect(splits.validation).toBe(official)
    expect(splits.train).toBe(part)
  })
})
