import { OptionError } from '../errors.js'
import { philoxFill, RandomStream, type Seed } from '../runtime/philox.js'

export interface Augmentation {
  /** Random crop after padding by this many pixels on every side: shifts of up to `crop` both ways. 0 is none. */
  readonly crop: number
  /** Mirrors every second sample, left to right. Not for classes that have a handedness, digits for one. */
  readonly flip: boolean
}

export const noAugmentation: Augmentation = { crop: 0, flip: false }

/** What happens to one sample: pixels moved down and right (negative: up and left), mirrored before that. */
export interface SampleShift {
  readonly down: number
  readonly right: number
  readonly flip: boolean
}

/**
 * The augmentation of one sample in one epoch: a function of (seed, sample, epoch), whichever batch it is in.
 * What is moved in from outside is zero after normalisation, as the padding is.
 */
export function augmentationOf(
  { crop, flip }: Augmentation,
  seed: Seed,
  sample: number,
  epoch: number,
): SampleShift | null {
  if (crop === 0 && !flip) return null
  const [down = 0, right = 0, mirror = 0] = philoxFill(seed, RandomStream.augmentation, epoch, sample, 3)
  const places = 2 * crop + 1
  return { down: (down % places) - crop, right: (right % places) - crop, flip: flip && mirror >= 0x80000000 }
}

/** @throws OptionError unless `crop` is a whole number from 0 to 255 */
export function checkAugmentation({ crop }: Augmentation): void {
  if (Number.isInteger(crop) && crop >= 0 && crop <= 255) return
  throw new OptionError('augment.crop', `must be a whole number from 0 to 255; got ${crop}.`, 'Use 0 for no crop.')
}
