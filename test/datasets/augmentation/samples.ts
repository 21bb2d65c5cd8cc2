/** Samples drawn by fast-check, and pipelines run on them. */
import fc from 'fast-check'
import type { SampleKey } from '../../../src/datasets/augmentation/draws.js'
import type { FrameSample } from '../../../src/datasets/augmentation/frame-sample.js'

export interface DrawnShape {
  readonly steps: number
  readonly height: number
  readonly width: number
  readonly channels: number
}

/** A sample whose values are whole, different enough to tell places apart. */
export function sampleOf(
  kind: 'image' | 'event',
  { steps, height, width, channels }: DrawnShape,
  salt = 0,
): FrameSample {
  const count = steps * height * width * channels
  return {
    kind,
    steps,
    height,
    width,
    channels,
    values: Float32Array.from({ length: count }, (_, i) => (i * 37 + Math.floor(i / 3) * 11 + salt * 53) % 251),
    fill: Float32Array.from({ length: channels }, (_, c) => (kind === 'image' ? 31.25 * (c + 1) : 0)),
    deviation: Float32Array.from({ length: channels }, () => 64),
  }
}

export const images: fc.Arbitrary<FrameSample> = fc
  .record({
    height: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 9 }),
    channels: fc.constantFrom(1, 3),
    salt: fc.nat(99),
  })
  .map(({ salt, ...shape }) => sampleOf('image', { ...shape, steps: 1 }, salt))

export const eventFrames: fc.Arbitrary<FrameSample> = fc
  .record({
    steps: fc.integer({ min: 1, max: 5 }),
    height: fc.integer({ min: 1, max: 8 }),
    width: fc.integer({ min: 1, max: 8 }),
    salt: fc.nat(99),
  })
  .map(({ salt, ...shape }) => sampleOf('event', { ...shape, channels: 2 }, salt))

export const keys: fc.Arbitrary<SampleKey> = fc.record({
  seed: fc.tuple(fc.nat(), fc.nat()),
  sample: fc.nat(1_000_000),
  epoch: fc.nat(1000),
})

export const copyOf = (sample: FrameSample): FrameSample => ({ ...sample, values: sample.values.slice() })
