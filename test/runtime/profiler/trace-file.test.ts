import { describe, expect, it } from 'vitest'
import type { Profile } from '../../../src/runtime/profiler/profile.js'
import type { CostedTime } from '../../../src/runtime/profiler/summary.js'
import { traceFileOf } from '../../../src/runtime/profiler/trace-file.js'

const call = (kernel: string, start: number, milliseconds: number, more: Partial<CostedTime> = {}): CostedTime => ({
  kernel,
  label: 'op',
  start,
  milliseconds,
  ones: null,
  flops: 4e6,
  bytes: 2e6,
  ...more,
})

const profile: Profile = {
  target: 'a "network"',
  adapter: 'some GPU',
  software: false,
  timing: { method: 'timestamps', note: 'a note' },
  ceilings: { copyGigabytesPerSecond: 1, multiplyAddGigaflopsPerSecond: 1, method: 'timestamps' },
  repeats: 1,
  phases: [
    {
      name: 'training step',
      wallMilliseconds: null,
      gpuMilliseconds: 4,
      kernels: [],
      dispatches: [
        call('one', 0, 2),
        // began before the median of the first had ended
        call('two', 1.5, 1, { spikes: { binding: 's', neurons: 8 }, ones: 2 }),
        call('three', 9, 1),
      ],
    },
    { name: 'evaluation', wallMilliseconds: null, gpuMilliseconds: 1, kernels: [], dispatches: [call('four', 0, 1)] },
  ],
}

interface Event {
  readonly name: string
  readonly ph: string
  readonly tid: number
  readonly ts?: number
  readonly dur?: number
  readonly args: Readonly<Record<string, unknown>>
}

const { traceEvents: events, otherData } = JSON.parse(traceFileOf(profile)) as {
  traceEvents: Event[]
  otherData: Record<string, string>
}

describe('a trace file', () => {
  it('names a track for each phase', () => {
    const names = events.filter(({ ph, name }) => ph === 'M' && name === 'thread_name')
    expect(names.map(({ tid, args }) => [tid, args.name])).toEqual([
      [1, 'training step'],
      [2, 'evaluation'],
    ])
    expect(otherData).toMatchObject({ adapter: 'some GPU', target: 'a "network"' })
  })

  it('has a span in microseconds for each dispatch, none of which overlaps another of its track', () => {
    const spans = events.filter(({ ph }) => ph === 'X')
    expect(spans.map(({ name, tid, ts, dur }) => [name, tid, ts, dur])).toEqual([
      ['one', 1, 0, 2000],
      ['two', 1, 2000, 1000],
      ['three', 1, 9000, 1000],
      ['four', 2, 0, 1000],
    ])
    expect(spans[1]?.args).toMatchObject({ gigabytesPerSecond: 2, gigaflopsPerSecond: 4, activity: 0.25 })
    expect(spans[0]?.args).not.toHaveProperty('activity')
  })
})
