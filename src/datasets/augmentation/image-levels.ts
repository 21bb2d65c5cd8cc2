/**
 * Operations on an image's levels as the Python Imaging Library defines them, on whole numbers 0..255. All write into the
 * image and return it.
 */
import type { FrameSample } from './frame-sample.js'

const clip = (value: number): number => Math.min(Math.max(value, 0), 255)

/** Every value replaced by a table's, one table a channel or one for all. */
function lookUp(image: FrameSample, tables: readonly (readonly number[])[]): FrameSample {
  const { values, channels } = image
  for (let i = 0; i < values.length; i++) {
    const table = tables[tables.length === 1 ? 0 : i % channels] as readonly number[]
    values[i] = table[clip(Math.round(values[i] as number))] as number
  }
  return image
}

const tableOf = (of: (level: number) => number): readonly number[] => Array.from({ length: 256 }, (_, i) => of(i))

function histograms({ values, channels }: FrameSample): readonly number[][] {
  const counts = Array.from({ length: channels }, () => new Array<number>(256).fill(0))
  for (let i = 0; i < values.length; i++) {
    const own = counts[i % channels] as number[]
    const level = clip(Math.round(values[i] as number))
    own[level] = (own[level] as number) + 1
  }
  return counts
}

const identity = tableOf((level) => level)

/** Each channel stretched so that its darkest value is 0 and its brightest 255. */
export function autoContrast(image: FrameSample): FrameSample {
  return lookUp(
    image,
    histograms(image).map((counts) => {
      const low = counts.findIndex((count) => count > 0)
      const high = 255 - [...counts].reverse().findIndex((count) => count > 0)
      if (high <= low) return identity
      const scale = 255 / (high - low)
      return tableOf((level) => clip(Math.trunc(level * scale - low * scale)))
    }),
  )
}

/** Each channel mapped so that its levels occur about equally often. */
export function equalize(image: FrameSample): FrameSample {
  return lookUp(
    image,
    histograms(image).map((counts) => {
      const occurring = counts.filter((count) => count > 0)
      const total = occurring.reduce((sum, count) => sum + count, 0)
      const step = Math.floor((total - (occurring[occurring.length - 1] as number)) / 255)
      if (occurring.length <= 1 || step === 0) return identity
      let n = Math.floor(step / 2)
      return counts.map((count) => {
        const level = clip(Math.floor(n / step))
        n += count
        return level
      })
    }),
  )
}

export const invert = (image: FrameSample): FrameSample => lookUp(image, [tableOf((level) => 255 - level)])

/** Keeps the upper `bits` of 8. */
export const posterize = (image: FrameSample, bits: number): FrameSample =>
  lookUp(image, [tableOf((level) => level & ~(2 ** (8 - bits) - 1))])

/** Inverts values from `threshold` up. */
export const solarize = (image: FrameSample, threshold: number): FrameSample =>
  lookUp(image, [tableOf((level) => (level < threshold ? level : 255 - level))])

/** Adds to values below 128. */
export const solarizeAdd = (image: FrameSample, amount: number): FrameSample =>
  lookUp(image, [tableOf((level) => (level < 128 ? Math.min(255, level + amount) : level))])

/** other + factor · (image - other), cut to whole levels; factor 1 is the image, 0 the other, 2 away from it. */
function blend(image: FrameSample, other: (i: number) => number, factor: number): FrameSample {
  const { values } = image
  // the other image may be made of neighbours, so nothing is written before all is read
  const blended = values.map((value, i) => clip(Math.trunc(other(i) + factor * (value - other(i)))))
  values.set(blended)
  return image
}

/** Luma of a pixel by ITU-R 601-2 in 16-bit fixed point; the value itself where there are not three channels. */
function grey({ values, channels }: FrameSample, pixel: number): number {
  const at = (c: number) => values[pixel * channels + c] as number
  return channels === 3 ? (at(0) * 19595 + at(1) * 38470 + at(2) * 7471 + 0x8000) >> 16 : at(0)
}

export function colour(image: FrameSample, factor: number): FrameSample {
  if (image.channels !== 3) return image
  const greys = Float32Array.from({ length: image.values.length / 3 }, (_, pixel) => grey(image, pixel))
  return blend(image, (i) => greys[Math.floor(i / 3)] as number, factor)
}

export function contrast(image: FrameSample, factor: number): FrameSample {
  const pixels = image.values.length / image.channels
  let sum = 0
  for (let pixel = 0; pixel < pixels; pixel++) sum += grey(image, pixel)
  const mean = Math.trunc(sum / pixels + 0.5)
  return blend(image, () => mean, factor)
}

export const brightness = (image: FrameSample, factor: number): FrameSample => blend(image, () => 0, factor)

/** Away from the image smoothed by a 3x3 kernel of ones around a five; the border is not smoothed. */
export function sharpness(image: FrameSample, factor: number): FrameSample {
  const { height, width, channels, values } = image
  const original = values.slice()
  return blend(
    image,
    (i) => {
      const pixel = Math.floor(i / channels)
      const [x, y] = [pixel % width, Math.floor(pixel / width)]
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) return original[i] as number
      let sum = 4 * (original[i] as number)
      for (let dy = -1; dy <= 1; dy++)
        for (let dx = -1; dx <= 1; dx++) sum += original[i + (dy * width + dx) * channels] as number
      return clip(Math.trunc(sum / 13 + 0.5))
    },
    factor,
  )
}
