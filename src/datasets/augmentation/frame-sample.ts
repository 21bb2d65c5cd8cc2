/** A sample as a grid of values: an image, or the frames of an event recording. */

export interface FrameSample {
  readonly kind: 'image' | 'event'
  /** T; 1 for an image. */
  readonly steps: number
  readonly height: number
  readonly width: number
  readonly channels: number
  /** `[T, H, W, C]`, values as they are stored: 0..255 for images, counts for events. Transforms may write into it. */
  readonly values: Float32Array
  /** `[C]` what lies beyond an edge or behind a hole: the value that normalisation turns into zero. */
  readonly fill: Float32Array
  /** `[C]` standard deviation in the same unit; noise that stands for a pixel is drawn with it. */
  readonly deviation: Float32Array
}

/** Largest value an image's pixel has. */
export const fullScale = 255

/** A sample of the same kind under another shape, filled with what lies beyond an edge. */
export function blankLike(sample: FrameSample, height = sample.height, width = sample.width): FrameSample {
  const { steps, channels, fill } = sample
  const values = new Float32Array(steps * height * width * channels)
  for (let c = 0; c < channels; c++) {
    const value = fill[c] as number
    if (value !== 0) for (let i = c; i < values.length; i += channels) values[i] = value
  }
  return { ...sample, height, width, values }
}

/**
 * The sample moved by whole pixels: out[y, x] = in[y - down, x - right] where that exists, else what lies beyond an edge.
 * With another size the moved sample's corner stays where it was.
 */
export function placed(
  sample: FrameSample,
  down: number,
  right: number,
  height = sample.height,
  width = sample.width,
): FrameSample {
  const { steps, channels, values } = sample
  const out = blankLike(sample, height, width)
  const [left, end] = [Math.max(0, right), Math.min(width, sample.width + right)]
  if (left >= end) return out
  for (let t = 0; t < steps; t++) {
    for (let y = Math.max(0, down); y < Math.min(height, sample.height + down); y++) {
      const from = ((t * sample.height + y - down) * sample.width + left - right) * channels
      const row = values.subarray(from, from + (end - left) * channels)
      out.values.set(row, ((t * height + y) * width + left) * channels)
    }
  }
  return out
}

/** Sets a rectangle, cut at the edges, to what lies beyond an edge, at every step. Writes into the sample. */
export function blankBox(sample: FrameSample, top: number, left: number, bottom: number, right: number): void {
  const { steps, height, width, channels, values, fill } = sample
  for (let t = 0; t < steps; t++) {
    for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) {
      for (let x = Math.max(0, left); x < Math.min(width, right); x++) {
        for (let c = 0; c < channels; c++) {
          values[((t * height + y) * width + x) * channels + c] = fill[c] as number
        }
      }
    }
  }
}
