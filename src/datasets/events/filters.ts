/** Filters against what a sensor makes up: pixels that never stop, and events that no neighbour confirms. */
import { OptionError } from '../../errors.js'
import type { SensorSize } from './recording.js'

/** Columns that both recordings and events of files can give; times in µs, for files those of `relativeTimes`. */
export interface EventColumns {
  readonly x: Uint16Array
  readonly y: Uint16Array
  readonly t: Uint32Array | Float64Array
}

export interface HotPixelOptions {
  /** A pixel is hot above so many times the mean rate of the pixels that fired at all; above 1. Default 20. */
  readonly factor?: number
  /** And only above so many events a second; default 0. */
  readonly leastRate?: number
}

/**
 * Pixels that fire far more often than the rest.
 * @param duration µs over which the events were seen
 * @returns `[H, W]`, 1 where a pixel is hot
 * @throws OptionError when an option is out of range
 */
export function hotPixels(
  { x, y }: Pick<EventColumns, 'x' | 'y'>,
  { width, height }: SensorSize,
  duration: number,
  { factor = 20, leastRate = 0 }: HotPixelOptions = {},
): Uint8Array {
  if (!(factor > 1)) throw new OptionError('hotPixels.factor', `must be above 1; got ${factor}.`)
  if (!(leastRate >= 0)) throw new OptionError('hotPixels.leastRate', `must not be negative; got ${leastRate}.`)
  const counts = new Float64Array(width * height)
  for (let i = 0; i < x.length; i++) {
    const pixel = (y[i] as number) * width + (x[i] as number)
    counts[pixel] = (counts[pixel] as number) + 1
  }
  const active = counts.reduce((sum, count) => sum + Number(count > 0), 0)
  const limit = Math.max((factor * x.length) / Math.max(active, 1), (leastRate * duration) / 1e6)
  return Uint8Array.from(counts, (count) => Number(count > limit))
}

/** Indices of the events whose pixel is not marked. @param mask `[H, W]`, as `hotPixels` gives it */
export function unmaskedEvents({ x, y }: Pick<EventColumns, 'x' | 'y'>, mask: Uint8Array, width: number): Uint32Array {
  const kept = new Uint32Array(x.length)
  let count = 0
  for (let i = 0; i < x.length; i++) if (mask[(y[i] as number) * width + (x[i] as number)] === 0) kept[count++] = i
  return kept.slice(0, count)
}

export interface BackgroundActivityOptions {
  /** µs within which a neighbour must have fired before; above 0. */
  readonly window: number
  /** Side of the neighbourhood is 2·radius + 1 pixels; 1..8, default 1. */
  readonly radius?: number
}

/**
 * Indices of the events that a neighbour confirms: some other pixel within `radius` fired at most `window` µs before
 * (Delbruck 2008). A pixel does not confirm itself, so hot pixels alone do not pass. Events in order of time.
 *
 * @throws OptionError when an option is out of range
 */
export function confirmedEvents(
  { x, y, t }: EventColumns,
  { width, height }: SensorSize,
  { window, radius = 1 }: BackgroundActivityOptions,
): Uint32Array {
  if (!(window > 0)) throw new OptionError('backgroundActivity.window', `must be above 0 µs; got ${window}.`)
  if (!Number.isInteger(radius) || radius < 1 || radius > 8)
    throw new OptionError('backgroundActivity.radius', `must be a whole number from 1 to 8; got ${radius}.`)
  // a border as wide as the neighbourhood spares the test for the sensor's edge
  const pitch = width + 2 * radius
  const last = new Float64Array(pitch * (height + 2 * radius)).fill(Number.NEGATIVE_INFINITY)
  const around = neighbours(radius, pitch)
  const kept = new Uint32Array(x.length)
  let count = 0
  for (let i = 0; i < x.length; i++) {
    const centre = ((y[i] as number) + radius) * pitch + (x[i] as number) + radius
    const since = (t[i] as number) - window
    for (let k = 0; k < around.length; k++) {
      if ((last[centre + (around[k] as number)] as number) < since) continue
      kept[count++] = i
      break
    }
    last[centre] = t[i] as number
  }
  return kept.slice(0, count)
}

function neighbours(radius: number, pitch: number): Int32Array {
  const offsets: number[] = []
  for (let dy = -radius; dy <= radius; dy++) {
    for (let dx = -radius; dx <= radius; dx++) if (dx !== 0 || dy !== 0) offsets.push(dy * pitch + dx)
  }
  return Int32Array.from(offsets)
}
