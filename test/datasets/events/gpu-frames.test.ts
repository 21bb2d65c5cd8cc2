import { describe, expect, it } from 'vitest'
import { type EventBinning, packEventBatch } from '../../../src/datasets/events/event-batch.js'
import { eventFramesSpec } from '../../../src/datasets/events/gpu-frames.js'
import { DatasetError, LimitError, OptionError, ShapeError } from '../../../src/errors.js'
import { Graph } from '../../../src/graph/graph.js'
import { traceEventFrames } from '../../../src/ops/event-frames.js'
import { runOp } from '../../../src/properties/op-run.js'
import { traceStore } from '../../../src/properties/slabbed-io.js'
import { testGpu } from '../../support/gpu.js'
import { recordingFrom } from './drawn-recordings.js'

describe('frames as a network takes them', () => {
  it('stand in the middle of a square and stop at 255, like those of a data set', async () => {
    const many = recordingFrom(
      Array.from({ length: 300 }, (_, i) => [2, 0, i, 1] as const),
      3,
      2,
      600,
    )
    const binning: EventBinning = { rule: { by: 'duration', frames: 2 } }
    const spec = { ...eventFramesSpec(binning, { batch: 1, width: 3, height: 2, capacity: 300 }), padTo: 6 }
    const result = await runOp(await testGpu(), {
      build: (graph) => traceStore(graph, traceEventFrames(graph, spec).frames, 'frames'),
      write: { ...packEventBatch([many], binning, spec) },
      read: ['frames'],
    })
    const frames = result.floats('frames')
    // rows 2 and 3, columns 1 to 3 of 6: floor((6 - 2) / 2), floor((6 - 3) / 2)
    const at = ((0 * 6 + 2) * 6 + 1 + 2) * 2 + 1
    expect([...frames.keys()].filter((i) => frames[i] !== 0)).toEqual([at])
    expect(frames[at]).toBe(255)
  })

  it('are refused when something does not fit', async () => {
    const recording = recordingFrom([[0, 0, 1, 1]], 3, 2, 10)
    const binning: EventBinning = { rule: { by: 'duration', frames: 2 } }
    const spec = eventFramesSpec(binning, { batch: 1, width: 3, height: 2, capacity: 1 })
    expect(() => packEventBatch([recording, recording], binning, spec)).toThrow(ShapeError)
    expect(() => packEventBatch([recording], binning, { ...spec, capacity: 0 })).toThrow(LimitError)
    expect(() => packEventBatch([{ ...recording, width: 4 }], binning, spec)).toThrow(ShapeError)
    expect(() => packEventBatch([{ ...recording, duration: 1 }], binning, spec)).toThrow(DatasetError)
    expect(() => packEventBatch([recording], binning, { ...spec, frames: 3 })).toThrow(ShapeError)
    for (const wrong of [{ batch: 0 }, { capacity: -1 }, { frames: 0.5 }])
      expect(() => traceEventFrames(new Graph(), { ...spec, ...wrong })).toThrow(OptionError)
    expect(() => traceEventFrames(new Graph(), { ...spec, padTo: 2 })).toThrow(ShapeError)
  })
})
