/** The transforms by name. */
import type { Transform } from './transform.js'
import { affine, rotate, shear } from './transforms/affine.js'
import { crop } from './transforms/crop.js'
import { cutMix } from './transforms/cut-mix.js'
import { cutOut } from './transforms/cut-out.js'
import { eventDrift } from './transforms/drift.js'
import { dropArea, dropEvents, dropTime, eventDrop } from './transforms/drop.js'
import { erasing } from './transforms/erasing.js'
import { eventMix } from './transforms/event-mix.js'
import { centre, denoise, downsampleTo, pad, removeHotPixels, resize } from './transforms/filters.js'
import { flip, flipVertical } from './transforms/flip.js'
import { eventInvert } from './transforms/invert.js'
import { timeJitter } from './transforms/jitter.js'
import { mixUp } from './transforms/mix-up.js'
import { neuromorphicAugmentation } from './transforms/nda.js'
import { gaussianNoise, saltAndPepper } from './transforms/noise.js'
import { polarityFlip } from './transforms/polarity.js'
import { randAugment } from './transforms/rand-augment.js'
import { roll, shift } from './transforms/shift.js'
import { stcf } from './transforms/stcf.js'

const all: readonly Transform[] = [
  crop,
  flip,
  flipVertical,
  shift,
  roll,
  rotate,
  shear,
  affine,
  pad,
  resize,
  cutOut,
  erasing,
  randAugment,
  gaussianNoise,
  saltAndPepper,
  stcf,
  eventInvert,
  eventDrift,
  dropEvents,
  dropTime,
  dropArea,
  eventDrop,
  timeJitter,
  polarityFlip,
  neuromorphicAugmentation,
  denoise,
  removeHotPixels,
  downsampleTo,
  centre,
  mixUp,
  cutMix,
  eventMix,
]

/** Every transform under its name: what `compose` and the command line know. */
export const transforms: ReadonlyMap<string, Transform> = new Map(all.map((transform) => [transform.name, transform]))
