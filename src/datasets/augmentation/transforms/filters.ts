import { z } from 'zod'
import { RandomStream } from '../../../runtime/philox.js'
import { confirmedEvents, hotPixels, unmaskedEvents } from '../../events/filters.js'
import { takeRecording } from '../../events/recording.js'
import { centreRecording, downsample } from '../../events/reshape.js'
import { placed } from '../frame-sample.js'
import { microseconds } from '../parameters.js'
import { defineTransform } from '../transform.js'
import { resizedFrames } from '../warp.js'

const stream = RandomStream.deterministicTransform
const side = z.int().min(1).max(65536)

export const denoise = defineTransform({
  name: 'denoise',
  summary: 'keeps events that another pixel nearby confirms within so many microseconds',
  stream,
  domains: ['events'],
  parameters: z.strictObject({ window: microseconds(10_000), radius: z.int().min(1).max(8).default(1) }),
  make: (options) => ({
    events: (recording) => takeRecording(recording, confirmedEvents(recording, recording, options)),
  }),
})

export const removeHotPixels = defineTransform({
  name: 'hotpixels',
  summary: 'drops pixels that fire so many times more often than the mean of those that fire',
  stream,
  domains: ['events'],
  parameters: z.strictObject({ factor: z.number().gt(1).default(20), leastRate: z.number().min(0).default(0) }),
  make: (options) => ({
    events(recording) {
      const mask = hotPixels(recording, recording, recording.duration, options)
      return takeRecording(recording, unmaskedEvents(recording, mask, recording.width))
    },
  }),
})

export const downsampleTo = defineTransform({
  name: 'downsample',
  summary: 'a smaller sensor whose pixels gather the events of blocks',
  stream,
  domains: ['events'],
  parameters: z.strictObject({
    width: side,
    height: side.optional(),
    refractory: z.number().min(0).default(0),
  }),
  make: ({ width, height = width, refractory }) => ({
    events: (recording) => downsample(recording, { width, height, refractory }),
  }),
})

export const centre = defineTransform({
  name: 'centre',
  summary: 'a sensor of such a size around the median event',
  stream,
  domains: ['events'],
  parameters: z.strictObject({ width: side, height: side.optional() }),
  make: ({ width, height = width }) => ({ events: (recording) => centreRecording(recording, { width, height }) }),
})

/** Larger or smaller around the middle, as the centred padding of batches is: floor((new - old) / 2) above and left. */
export const pad = defineTransform({
  name: 'pad',
  summary: 'enlarges, or cuts, to such a size around the middle',
  stream,
  domains: ['frames'],
  parameters: z.strictObject({ width: side, height: side.optional() }),
  make: ({ width, height = width }) => ({
    frames: (sample) =>
      placed(sample, Math.floor((height - sample.height) / 2), Math.floor((width - sample.width) / 2), height, width),
  }),
})

/** Bilinear between pixel centres, without smoothing before; counts become fractions of counts. */
export const resize = defineTransform({
  name: 'resize',
  summary: 'bilinear to such a size; counts become real numbers',
  stream,
  domains: ['frames'],
  parameters: z.strictObject({ width: side, height: side.optional() }),
  make: ({ width, height = width }) => ({ frames: (sample) => resizedFrames(sample, height, width) }),
})
