import { z } from 'zod'
import { RandomStream } from '../../../runtime/philox.js'
import { requireSameSize } from '../mixing.js'
import { filterRecording, mergeRecordings } from '../recording-changes.js'
import { defineTransform } from '../transform.js'

/**
 * mix-up (Zhang et al. 2018): a weighted mean of two samples with the share drawn from Beta(alpha, alpha). Of recordings,
 * that share of one's events and the rest of the other's.
 */
export const mixUp = defineTransform({
  name: 'mixup',
  summary: 'weighted mean of two samples and of their labels',
  stream: RandomStream.mixUp,
  domains: ['events', 'frames'],
  parameters: z.strictObject({ alpha: z.number().positive().max(100).default(0.2) }),
  make: ({ alpha }) => ({
    mixFrames(sample, partner, draws) {
      requireSameSize(sample, partner, 'mixup')
      const share = draws.beta(alpha)
      const { values } = sample
      for (let i = 0; i < values.length; i++) {
        values[i] = share * (values[i] as number) + (1 - share) * (partner.values[i] as number)
      }
      return { value: sample, share }
    },
    mixEvents(recording, partner, draws) {
      requireSameSize(recording, partner, 'mixup')
      const share = draws.beta(alpha)
      const own = filterRecording(recording, () => draws.chance(share))
      const other = filterRecording(partner, () => !draws.chance(share))
      return { value: mergeRecordings(own, other), share }
    },
  }),
})
