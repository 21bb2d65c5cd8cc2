import { z } from 'zod'
import { OptionError } from '../../../errors.js'
import { RandomStream } from '../../../runtime/philox.js'
import { type FrameSample, fullScale } from '../frame-sample.js'
import { defineTransform } from '../transform.js'

/** Noise is stated in fractions of full scale, which counts do not have. @throws OptionError for event frames */
export function requireImage({ kind }: FrameSample, name: string): void {
  if (kind === 'image') return
  throw new OptionError(`augment ${name}`, 'works on images and not on counts of events.', 'Leave it out here.')
}

/** Gaussian noise of deviation `sigma` (a fraction of full scale), clipped to [0, 1]; also a test of robustness. */
export const gaussianNoise = defineTransform({
  name: 'gaussiannoise',
  summary: 'Gaussian noise of such a deviation, as a fraction of full scale, clipped',
  stream: RandomStream.gaussianNoise,
  domains: ['frames'],
  parameters: z.strictObject({ sigma: z.number().min(0).max(10).default(0.1) }),
  make: ({ sigma }) => ({
    frames(sample, draws) {
      requireImage(sample, 'gaussiannoise')
      const { values } = sample
      for (let i = 0; i < values.length; i++) {
        const noisy = (values[i] as number) + fullScale * sigma * draws.normal()
        values[i] = Math.min(Math.max(noisy, 0), fullScale)
      }
      return sample
    },
  }),
})

/** Of all pixels `amount` are set, half of them to black and half to white, all channels alike. */
export const saltAndPepper = defineTransform({
  name: 'saltandpepper',
  summary: 'such a share of all pixels black or white',
  stream: RandomStream.saltAndPepper,
  domains: ['frames'],
  parameters: z.strictObject({ amount: z.number().min(0).max(1).default(0.2) }),
  make: ({ amount }) => ({
    frames(sample, draws) {
      requireImage(sample, 'saltandpepper')
      const { values, channels } = sample
      for (let pixel = 0; pixel < values.length; pixel += channels) {
        const u = draws.next()
        if (u < amount) values.fill(u < amount / 2 ? 0 : fullScale, pixel, pixel + channels)
      }
      return sample
    },
  }),
})
