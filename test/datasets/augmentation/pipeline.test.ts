import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleDraws } from '../../../src/datasets/augmentation/draws.js'
import type { FrameSample } from '../../../src/datasets/augmentation/frame-sample.js'
import { compose, type SampleSource, softTargets } from '../../../src/datasets/augmentation/pipeline.js'
import { transforms } from '../../../src/datasets/augmentation/registry.js'
import { formatTransforms, parseTransforms } from '../../../src/datasets/augmentation/specs.js'
import type { TransformSpec } from '../../../src/datasets/augmentation/transform.js'
import { type EventRecording, eventCount } from '../../../src/datasets/events/recording.js'
import { OptionError, ShapeError } from '../../../src/errors.js'
import { philoxFill, RandomStream, toUnit } from '../../../src/runtime/philox.js'
import { recordingFrom, recordings, rows } from '../events/drawn-recordings.js'
import { copyOf, eventFrames, images, keys, sampleOf } from './samples.js'

const needed: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  pad: { width: 7 },
  resize: { width: 5, height: 3 },
  downsample: { width: 1, height: 1 },
  centre: { width: 4 },
}
const named = (domain: 'events' | 'frames') =>
  [...transforms.values()].filter(({ domains }) => domains.includes(domain)).map(({ name }) => name)
const imagesOnly = ['randaugment', 'gaussiannoise', 'saltandpepper']
const countsOnly = ['polarityflip']
const mixing = ['mixup', 'cutmix', 'eventmix']
const specOf = (name: string): TransformSpec => ({ name, ...needed[name] })

const sourceOf = (samples: readonly FrameSample[]): SampleSource<FrameSample> => ({
  count: samples.length,
  read: (sample) => ({ value: copyOf(samples[sample] as FrameSample), label: sample }),
})
const recordingSource = (all: readonly EventRecording[]): SampleSource<EventRecording> => ({
  count: all.length,
  read: (sample) => ({ value: all[sample] as EventRecording, label: sample }),
})

describe('random numbers of transforms', () => {
  it('are those of the table: element, sample, epoch and stream', () => {
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 9 }), (key, count) => {
        const draws = sampleDraws(key, RandomStream.flip)
        const words = philoxFill([key.seed[0], key.seed[1]], RandomStream.flip, key.epoch, key.sample, count)
        expect(Array.from({ length: count }, () => draws.next())).toEqual(Array.from(words, toUnit))
      }),
    )
  })

  it('have the moments they should', () => {
    const draws = sampleDraws({ seed: [1, 2], sample: 3, epoch: 4 }, 5)
    const moments = (draw: () => number, count = 20_000) => {
      const values = Array.from({ length: count }, draw)
      const mean = values.reduce((a, v) => a + v, 0) / count
      return [mean, values.reduce((a, v) => a + (v - mean) ** 2, 0) / count] as const
    }
    const [mean, variance] = moments(() => draws.normal())
    expect(Math.abs(mean)).toBeLessThan(0.03)
    expect(Math.abs(variance - 1)).toBeLessThan(0.05)
    for (const shape of [0.2, 1, 4]) {
      const [share, spread] = moments(() => draws.beta(shape))
      expect(Math.abs(share - 0.5)).toBeLessThan(0.02)
      // variance of Beta(a, a) is 1 / (4 (2 a + 1))
      expect(Math.abs(spread * 4 * (2 * shape + 1) - 1)).toBeLessThan(0.06)
    }
  })

  it('differ between two transforms of one name in a pipeline', () => {
    const sample = sampleOf('image', { steps: 1, height: 9, width: 9, channels: 1 })
    const key = { seed: [7, 0] as const, sample: 1, epoch: 2 }
    const once = compose('frames', 'roll:4').apply(copyOf(sample), key)
    const again = compose('frames', 'roll:4').apply(copyOf(once), key)
    expect(compose('frames', 'roll:4,roll:4').apply(copyOf(sample), key).values).not.toEqual(again.values)
  })
})

describe('every transform of frames', () => {
  it.each(named('frames').filter((name) => !mixing.includes(name)))(
    '%s is a function of seed, sample and epoch',
    (name) => {
      const samples = imagesOnly.includes(name)
        ? images
        : countsOnly.includes(name)
          ? eventFrames
          : fc.oneof(images, eventFrames)
      fc.assert(
        fc.property(samples, keys, (sample, key) => {
          const pipeline = compose('frames', [specOf(name)])
          const first = pipeline.apply(copyOf(sample), key)
          expect(compose('frames', pipeline.toString()).apply(copyOf(sample), key)).toEqual(first)
          expect(first.values.every(Number.isFinite)).toBe(true)
          expect(first.values).toHaveLength(first.steps * first.height * first.width * first.channels)
          const { steps, channels } = sample
          expect(first).toMatchObject({ steps, channels, fill: sample.fill, kind: sample.kind })
        }),
        { numRuns: 40 },
      )
    },
  )

  it('keeps counts whole and none from nothing', () => {
    const whole = named('frames').filter((name) => ![...imagesOnly, ...mixing, 'erasing', 'resize'].includes(name))
    fc.assert(
      fc.property(eventFrames, keys, fc.constantFrom(...whole), (sample, key, name) => {
        const changed = compose('frames', [specOf(name)]).apply(copyOf(sample), key)
        const known = new Set([0, ...sample.values])
        expect(changed.values.every((value) => known.has(value))).toBe(true)
      }),
    )
  })
})

describe('every transform of events', () => {
  it.each(named('events').filter((name) => !mixing.includes(name)))(
    '%s is a function of seed, sample and epoch',
    (name) => {
      fc.assert(
        fc.property(recordings({ durations: [1, 2, 1000, 0xffffffff] }), keys, (recording, key) => {
          const before = rows(recording)
          const pipeline = compose('events', [specOf(name)])
          const first = pipeline.apply(recording, key)
          expect(rows(recording)).toEqual(before)
          expect(compose('events', JSON.stringify(pipeline)).apply(recording, key)).toEqual(first)
          expect(eventCount(first)).toBeLessThanOrEqual(eventCount(recording))
          for (const [x = 0, y = 0, t = 0, p = 0] of rows(first))
            expect(x < first.width && y < first.height && t < first.duration && p <= 1).toBe(true)
          expect(first.duration).toBe(recording.duration)
        }),
        { numRuns: 40 },
      )
    },
  )
})

describe('mixing', () => {
  const sets = fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 7 }))
    .map(([steps, height, width]) =>
      Array.from({ length: 5 }, (_, salt) => sampleOf('event', { steps, height, width, channels: 2 }, salt)),
    )

  it.each(mixing)('%s gives shares that add up to 1, whatever else is in the batch', (name) => {
    fc.assert(
      fc.property(sets, keys, fc.nat(4), (samples, key, sample) => {
        const pipeline = compose('frames', `flip,${name},crop:1`)
        const { value, labels } = pipeline.applyFrom(sourceOf(samples), { ...key, sample })
        expect(labels.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9)
        expect(labels.some(({ label }) => label === sample) || labels.length === 1).toBe(true)
        expect(new Set(labels.map(({ label }) => label)).size).toBe(labels.length)
        const again = pipeline.applyFrom(sourceOf(samples), { ...key, sample })
        expect(again).toEqual({ value, labels })
      }),
      { numRuns: 60 },
    )
  })

  it.each(mixing)('%s of recordings takes events of both and no others, in order of time', (name) => {
    const pairs = fc.tuple(
      recordings({ durations: [1000], most: 30 }),
      fc.array(fc.tuple(fc.nat(999), fc.nat(1)), { maxLength: 30 }),
    )
    fc.assert(
      fc.property(pairs, keys, ([first, drawn], key) => {
        // the partner has twice the duration, so its times are halved
        const events = drawn.map(([t, p]) => [0, 0, 2 * t, p] as const).sort((a, b) => a[2] - b[2])
        const second = { ...recordingFrom(events, first.width, first.height, 2000) }
        const source = recordingSource([first, second])
        const { value, labels } = compose('events', name).applyFrom(source, { ...key, sample: 0 })
        const halved = events.map(([x, y, t, p]) => [x, y, t / 2, p])
        const known = new Set([...rows(first), ...halved].map(String))
        expect(rows(value).every((row) => known.has(String(row)))).toBe(true)
        expect([...value.t].every((t, i) => i === 0 || t >= (value.t[i - 1] ?? 0))).toBe(true)
        expect(labels.every(({ share }) => share > 0 && share <= 1)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('mix-up is the weighted mean by the very share of the label', () => {
    fc.assert(
      fc.property(sets, keys, fc.nat(4), (samples, key, sample) => {
        const { value, labels } = compose('frames', 'mixup:1').applyFrom(sourceOf(samples), { ...key, sample })
        if (labels.length < 2) return
        const parts = labels.map(({ label, share }) => [samples[label] as FrameSample, share] as const)
        value.values.forEach((mixed, i) => {
          expect(mixed).toBeCloseTo(
            parts.reduce((sum, [part, share]) => sum + share * (part.values[i] ?? 0), 0),
            3,
          )
        })
      }),
    )
  })

  it('cut-mix takes as many pixels from the partner as its label says', () => {
    const [zeros, ones] = [0, 1].map((value) => ({
      ...sampleOf('image', { steps: 1, height: 8, width: 10, channels: 1 }),
      values: new Float32Array(80).fill(value),
    }))
    let partners = 0
    for (let epoch = 0; epoch < 40; epoch++) {
      const source = sourceOf([zeros as FrameSample, ones as FrameSample])
      const { value, labels } = compose('frames', 'cutmix').applyFrom(source, { seed: [3, 0], sample: 0, epoch })
      const area = value.values.reduce((sum, v) => sum + v, 0) / 80
      const other = labels.find(({ label }) => label === 1)
      expect(area).toBeCloseTo(other?.share ?? 0, 9)
      partners += Number(other !== undefined)
    }
    expect(partners).toBeGreaterThan(8)
  })

  it('needs samples of one size, and a set to take partners from', () => {
    const [a, b] = [2, 3].map((width) => sampleOf('event', { steps: 1, height: 2, width, channels: 2 }))
    const source = sourceOf([a as FrameSample, b as FrameSample])
    const clash = () => {
      for (let epoch = 0; epoch < 20; epoch++)
        compose('frames', 'mixup').applyFrom(source, { seed: [1, 1], sample: 0, epoch })
    }
    expect(clash).toThrow(ShapeError)
    expect(() => compose('frames', 'mixup').apply(a as FrameSample, { seed: [1, 1], sample: 0, epoch: 0 })).toThrow(
      OptionError,
    )
    expect(compose('frames', 'flip,mixup').mixes).toBe(true)
    expect(compose('frames', 'flip').mixes).toBe(false)
  })

  it('becomes rows of soft targets', () => {
    const shares = [
      [{ label: 2, share: 1 }],
      [
        { label: 0, share: 0.25 },
        { label: 1, share: 0.75 },
      ],
    ]
    expect([...softTargets(shares, 3)]).toEqual([0, 0, 1, 0.25, 0.75, 0])
  })
})

describe('transforms as text', () => {
  it('read positions and names, numbers, words and lists', () => {
    expect(parseTransforms(' crop:4, flip ,randaugment:9:0.25,stcf:minimum=0.5,invert:random:domains=x+y')).toEqual([
      { name: 'crop', padding: 4 },
      { name: 'flip' },
      { name: 'randaugment', magnitude: 9, deviation: 0.25 },
      { name: 'stcf', minimum: 0.5 },
      { name: 'invert', mode: 'random', domains: ['x', 'y'] },
    ])
    expect(parseTransforms('')).toEqual([])
    expect(compose('events', 'invert:all:domains=t').specs[0]).toMatchObject({ mode: 'all', domains: ['t'] })
  })

  it('come back from text, with every default', () => {
    for (const name of transforms.keys()) {
      const domain = transforms.get(name)?.domains[0] ?? 'frames'
      const pipeline = compose(domain, [specOf(name)])
      expect(compose(domain, pipeline.toString()).specs).toEqual(pipeline.specs)
      expect(compose(domain, JSON.stringify(pipeline)).specs).toEqual(pipeline.specs)
    }
    expect(
      formatTransforms([
        { name: 'crop', padding: 4 },
        { name: 'flip', probability: 0.25 },
      ]),
    ).toBe('crop,flip:probability=0.25')
  })

  it('hold what the short form cannot as JSON', () => {
    const drift = { name: 'drift', choices: [{ domains: ['p'], distance: 0.5, wrap: true }] }
    const pipeline = compose('events', JSON.stringify([drift]))
    expect(pipeline.specs[0]).toMatchObject({ choices: [{ probability: 1, mode: 'all', domains: ['p'], wrap: true }] })
    expect(compose('events', String(pipeline)).specs).toEqual(pipeline.specs)
  })

  it.each([
    ['frames', 'flop', /must be one of crop, flip.* Did you mean flip\?/],
    ['frames', 'crop:-1', /augment crop\.padding/],
    ['frames', 'crop:1.5', /augment crop\.padding/],
    ['frames', 'crop:4:5', /cannot place "5".*parameters are, in order: padding/],
    ['frames', 'crop:size=4', /cannot place "size=4"/],
    ['frames', 'crop:4:padding=4', /cannot place/],
    ['frames', 'crop:wide', /augment crop\.padding/],
    ['frames', 'erasing:least=0.5:most=0.1', /augment erasing\.most: must not be below least/],
    ['frames', 'jitter', /jitter: works on events and not on frames.*before binning/],
    ['events', 'randaugment', /works on frames and not on events/],
    ['frames', '[{"name":', /as JSON/],
    ['frames', '[4]', /list of objects with a name, as JSON; got 4/],
    ['frames', '[{"name":"crop","widht":3}]', /augment crop/],
    ['frames', 'pad', /augment pad\.width/],
    ['events', '[{"name":"drift","choices":[{"domains":["x"],"probability":0.4}]}]', /add up to 1/],
  ] as const)('%s refuse %j', (domain, text, message) => {
    expect(() => compose(domain, text)).toThrow(message)
    expect(() => compose(domain, text)).toThrow(OptionError)
  })

  it('never fail in another way', () => {
    const piece = fc.oneof(fc.constantFrom('crop', 'flip', ':', ',', '=', '+', '[', '{', '4', 'padding'), fc.string())
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        try {
          compose('frames', pieces.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(OptionError)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('refuse counts where levels are meant', () => {
    const sample = sampleOf('event', { steps: 2, height: 3, width: 3, channels: 2 })
    for (const name of imagesOnly)
      expect(() => compose('frames', name).apply(sample, { seed: [0, 0], sample: 0, epoch: 0 })).toThrow(OptionError)
    const image = sampleOf('image', { steps: 1, height: 3, width: 3, channels: 3 })
    expect(() => compose('frames', 'polarityflip:1').apply(image, { seed: [0, 0], sample: 0, epoch: 0 })).toThrow(
      ShapeError,
    )
  })
})
