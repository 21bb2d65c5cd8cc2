/** Smaller sensors: down-sampling, cropping, centring. */
import { OptionError } from '../../errors.js'
import { checkSensorSize, type EventRecording, type SensorSize, takeRecording } from './recording.js'

export interface DownsampleOptions extends SensorSize {
  /**
   * Microseconds for which a pixel of the small sensor is silent after an event, for each polarity; default 0 keeps
   * every event. Needs events in order of time.
   */
  readonly refractory?: number
}

/**
 * A smaller sensor each of whose pixels gathers the events of a block: x becomes floor(x · width / recording's width).
 *
 * @throws OptionError when the new sensor is larger than the old one, or the refractory time negative
 */
export function downsample(recording: EventRecording, { width, height, refractory = 0 }: DownsampleOptions) {
  checkSensorSize({ width, height }, 'downsample')
  if (width > recording.width || height > recording.height) {
    throw new OptionError(
      'downsample',
      `must not exceed the sensor of ${recording.width} x ${recording.height}; got ${width} x ${height}.`,
    )
  }
  if (!(refractory >= 0)) {
    throw new OptionError('downsample.refractory', `must be microseconds from 0; got ${refractory}.`)
  }
  const column = scaleTable(recording.width, width)
  const row = scaleTable(recording.height, height)
  const small: EventRecording = {
    ...recording,
    width,
    height,
    x: recording.x.map((x) => column[x] as number),
    y: recording.y.map((y) => row[y] as number),
  }
  return refractory === 0 ? small : takeRecording(small, afterRefractory(small, refractory))
}

const scaleTable = (from: number, to: number): Uint16Array =>
  Uint16Array.from({ length: from }, (_, i) => Math.floor((i * to) / from))

/** Indices of the events that come at least `refractory` µs after the last kept one of their pixel and polarity. */
function afterRefractory({ width, height, x, y, t, polarity }: EventRecording, refractory: number): Uint32Array {
  const last = new Float64Array(width * height * 2).fill(Number.NEGATIVE_INFINITY)
  const kept = new Uint32Array(t.length)
  let count = 0
  for (let i = 0; i < t.length; i++) {
    const at = ((y[i] as number) * width + (x[i] as number)) * 2 + (polarity[i] as number)
    if ((t[i] as number) - (last[at] as number) < refractory) continue
    last[at] = t[i] as number
    kept[count++] = i
  }
  return kept.subarray(0, count)
}

export interface CropBox extends SensorSize {
  /** Column and row of the old sensor that become 0; may lie outside it, what is not on it is silent. */
  readonly left: number
  readonly top: number
}

/** The events inside a box, on a sensor of the box's size. @throws OptionError on a box that is no rectangle of pixels */
export function cropRecording(recording: EventRecording, { left, top, width, height }: CropBox): EventRecording {
  checkSensorSize({ width, height }, 'crop')
  if (!Number.isInteger(left) || !Number.isInteger(top))
    throw new OptionError('crop', `left and top must be whole pixels; got ${left}, ${top}.`)
  const { x, y } = recording
  const kept = new Uint32Array(x.length)
  let count = 0
  for (let i = 0; i < x.length; i++) {
    const [column, row] = [(x[i] as number) - left, (y[i] as number) - top]
    if (column >= 0 && column < width && row >= 0 && row < height) kept[count++] = i
  }
  const inside = takeRecording(recording, kept.subarray(0, count))
  return { ...inside, width, height, x: inside.x.map((v) => v - left), y: inside.y.map((v) => v - top) }
}

/**
 * A box of the given size around where the events are: around their median column and row. No event, and the box is the
 * sensor's middle.
 */
export function centreRecording(recording: EventRecording, { width, height }: SensorSize): EventRecording {
  const left = median(recording.x, recording.width) - Math.floor(width / 2)
  const top = median(recording.y, recording.height) - Math.floor(height / 2)
  return cropRecording(recording, { left, top, width, height })
}

/** Lower median of whole numbers below `bound`; the middle of the range where there are none. */
function median(values: Uint16Array, bound: number): number {
  if (values.length === 0) return Math.floor(bound / 2)
  const counts = new Uint32Array(bound)
  for (const value of values) counts[value] = (counts[value] as number) + 1
  const half = Math.ceil(values.length / 2)
  let sum = 0
  return counts.findIndex((count) => {
    sum += count
    return sum >= half
  })
}
