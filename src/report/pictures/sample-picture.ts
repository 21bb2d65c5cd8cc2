/** Samples as pictures: images as they are, frames with ON and OFF in two colours. */
import { Canvas, type Colour, gridOf } from './canvas.js'

/** Values of one sample `[T, H, W, C]`. */
export interface SampleGrid {
  readonly kind: 'image' | 'event'
  readonly timeSteps: number
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly values: ArrayLike<number>
}

/** On white, so that silence is white. */
export const onColour: Colour = [200, 30, 30]
export const offColour: Colour = [30, 70, 200]
const white: Colour = [255, 255, 255]

/** Factor that makes small samples large enough to be seen, and no picture wider than a screen. */
export const scaleFor = (side: number, wanted = 128): number => Math.max(1, Math.round(wanted / side))

/** One sample: an image, or its frames side by side. */
export function samplePicture(sample: SampleGrid, scale = scaleFor(Math.max(sample.height, sample.width))): Canvas {
  if (sample.kind === 'image') return imagePicture(sample, scale)
  const full = fullCount(sample)
  const frames = Array.from({ length: sample.timeSteps }, (_, step) => framePicture(sample, step, scale, full))
  return gridOf(frames, Math.max(1, Math.min(sample.timeSteps, Math.floor(1600 / (sample.width * scale + 4)))))
}

function imagePicture({ height, width, channels, values }: SampleGrid, scale: number): Canvas {
  const canvas = new Canvas(width * scale, height * scale)
  const level = (at: number) => Math.min(255, Math.max(0, Math.round(values[at] as number)))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels
      const colour: Colour =
        channels >= 3 ? [level(at), level(at + 1), level(at + 2)] : [level(at), level(at), level(at)]
      canvas.fill(x * scale, y * scale, scale, scale, colour)
    }
  }
  return canvas
}

/** The count that is shown in full colour: one that all but the busiest hundredth of the active pixels stay below. */
function fullCount({ values, channels }: SampleGrid): number {
  const active: number[] = []
  for (let at = 0; at < values.length; at += channels) {
    const sum = (values[at] as number) + (channels > 1 ? (values[at + 1] as number) : 0)
    if (sum > 0) active.push(sum)
  }
  active.sort((a, b) => a - b)
  return Math.max(1, active[Math.floor(active.length * 0.99)] ?? 1)
}

function framePicture(sample: SampleGrid, step: number, scale: number, full: number): Canvas {
  const { height, width, channels, values } = sample
  const canvas = new Canvas(width * scale, height * scale)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = ((step * height + y) * width + x) * channels
      const [off, on] = channels > 1 ? [values[at] as number, values[at + 1] as number] : [0, values[at] as number]
      if (off + on > 0)
        canvas.fill(x * scale, y * scale, scale, scale, mixed(on / (off + on), Math.min(1, (off + on) / full)))
    }
  }
  return canvas
}

/** Between the two colours by the share of ON, and from white by strength. */
function mixed(on: number, strength: number): Colour {
  const part = (i: 0 | 1 | 2) => {
    const colour = on * onColour[i] + (1 - on) * offColour[i]
    // even one event must be seen
    const weight = 0.25 + 0.75 * strength
    return Math.round(white[i] * (1 - weight) + colour * weight)
  }
  return [part(0), part(1), part(2)]
}
