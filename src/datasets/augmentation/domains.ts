/** One list of transforms for a whole way from recording to network: which change recordings, which frames. */
import { OptionError } from '../../errors.js'
import { compose } from './pipeline.js'
import { parseTransforms, type Transforms, transformNamed } from './specs.js'
import type { TransformSpec } from './transform.js'

export interface DividedTransforms {
  /** Of recordings, before they become frames. */
  readonly events: readonly TransformSpec[]
  /** Of frames and pictures. */
  readonly frames: readonly TransformSpec[]
}

/**
 * Transforms up to the last that only recordings can undergo change recordings, those after it frames: what frames allow
 * is done on frames, which are counted once and not in every epoch.
 *
 * @throws OptionError on an unknown name or parameter, on a transform of frames in front of one of recordings, and on one
 * in front that mixes samples, which is done on frames alone
 */
export function divideTransforms(transforms: Transforms): DividedTransforms {
  const specs = typeof transforms === 'string' ? parseTransforms(transforms) : transforms
  const onlyEvents = ({ name }: TransformSpec) => transformNamed(name).domains.join() === 'events'
  const border = specs.map(onlyEvents).lastIndexOf(true) + 1
  const divided = { events: specs.slice(0, border), frames: specs.slice(border) }
  const pipeline = compose('events', divided.events)
  compose('frames', divided.frames)
  if (pipeline.mixes) {
    throw new OptionError(
      'augment',
      `"${pipeline}" mixes recordings; training mixes frames.`,
      'Put what mixes samples behind everything that changes recordings.',
    )
  }
  return divided
}
