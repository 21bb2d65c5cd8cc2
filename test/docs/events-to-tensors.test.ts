import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { picture, windowsOf } from '../../examples/events-to-tensors.js'
import {
  annotatedWindows,
  batches,
  compose,
  confirmedEvents,
  countFrames,
  deriveSeed,
  eventCount,
  fixedWindows,
  openEventFile,
  readEvents,
  recordingOf,
  takeRecording,
  voxelGrid,
} from '../../src/index.js'
import { needs, sum, testData } from '../datasets/samples.js'

const box = join(testData, 'dvs128-objects/test/Caixa.aedat')
const clap = join(testData, 'dvs128-gesture-samples/1.bs2')
const size = { width: 128, height: 128 }

describe('real recordings as tensors', () => {
  const { missing, because } = needs(box)

  it.skipIf(missing)(`the example cuts, changes and counts windows${because}`, async () => {
    const plain = await windowsOf(box, 3, 0, '')
    expect(plain).toMatchObject({ timeSteps: 10, height: 128, width: 128 })
    // the recording lasts between 17 and 21 s
    expect(plain.count > 60 && plain.count < 106).toBe(true)
    expect(new Set(plain.labels)).toEqual(new Set([3]))
    const [first, again, other] = [await windowsOf(box, 3, 0), await windowsOf(box, 3, 0), await windowsOf(box, 3, 1)]
    // millions of counts: compared as bytes
    expect(Buffer.compare(again.counts, first.counts)).toBe(0)
    expect(Buffer.compare(other.counts, first.counts)).not.toBe(0)
    expect(sum(first.counts)).toBeLessThan(sum(plain.counts))
    const [batch] = batches(plain, { batch: 4, epoch: 0, seed: 1, augment: 'crop:8,flip,nda' })
    expect(batch?.input).toHaveLength(10 * 4 * 128 * 128 * 2)
    expect(sum((await picture(box)) ?? [])).toBeGreaterThan(100)
  })

  it.skipIf(missing)(`windows lose no event, and a filter drops the scattered ones${because}`, async () => {
    const events = await readEvents(await openEventFile(box))
    const windows = [...fixedWindows(events, size, { length: 200_000, partial: true })]
    expect(sum(windows.map(({ recording }) => eventCount(recording)))).toBe(events.count)
    const whole = recordingOf(events, size)
    const kept = takeRecording(whole, confirmedEvents(whole, size, { window: 5000 }))
    const share = eventCount(kept) / eventCount(whole)
    expect(share > 0.3 && share < 1).toBe(true)
    // annotations on the file's own clock, which begins below zero
    const [start] = windows.map((window) => window.start)
    const [labelled] = annotatedWindows(events, size, [{ start: start ?? 0, end: (start ?? 0) + 1e6, label: 2 }])
    expect(labelled?.label).toBe(2)
    expect(eventCount(labelled?.recording ?? whole)).toBe(
      sum(windows.slice(0, 5).map(({ recording }) => eventCount(recording))),
    )
  })

  const { missing: noClap, because: whyNot } = needs(clap)
  it.skipIf(noClap)(`frames and voxel grids hold all 63,471 events of a gesture${whyNot}`, async () => {
    const recording = recordingOf(await readEvents(await openEventFile(clap, size)), size)
    for (const by of ['duration', 'count', 'time'] as const) {
      const frames = countFrames(recording, { by, frames: 20 })
      expect(sum(frames)).toBe(63_471)
      let on = 0
      for (let i = 1; i < frames.length; i += 2) on += frames[i] ?? 0
      expect(on).toBe(32_164)
    }
    const { values, fractionBits } = voxelGrid(recording, { bins: 5 })
    expect(sum(values)).toBe(63_471 * 2 ** fractionBits)
    const flipped = compose('events', 'flip:1').apply(recording, { seed: deriveSeed(0), sample: 0, epoch: 0 })
    expect(sum(flipped.x)).toBe(127 * 63_471 - sum(recording.x))
  })
})
