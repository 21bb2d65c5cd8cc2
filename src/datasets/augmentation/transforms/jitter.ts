import { z } from 'zod'
import { RandomStream } from '../../../runtime/philox.js'
import { sortRecording } from '../../events/recording.js'
import { microseconds } from '../parameters.js'
import { defineTransform } from '../transform.js'

/** Every time moved by a normal number of microseconds, kept within the recording, and put in order again. */
export const timeJitter = defineTransform({
  name: 'jitter',
  summary: 'moves the time of each event by normal noise of such a deviation in microseconds',
  stream: RandomStream.timeJitter,
  domains: ['events'],
  parameters: z.strictObject({ sigma: microseconds(1000) }),
  make: ({ sigma }) => ({
    events(recording, draws) {
      const last = recording.duration - 1
      const t = recording.t.map((time) => Math.min(Math.max(Math.round(time + sigma * draws.normal()), 0), last))
      return sortRecording({ ...recording, t })
    },
  }),
})
