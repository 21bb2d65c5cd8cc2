/** Affine maps of frames and of recordings. */
import type { EventRecording } from '../events/recording.js'
import { settle } from './arithmetic.js'
import { blankLike, type FrameSample } from './frame-sample.js'
import { movePixels } from './recording-changes.js'

/** A linear map of the plane, [[a, b], [c, d]], with columns to the right and rows downwards. */
export interface PlaneMap {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
}

/** Turns clockwise as seen, since rows go down. */
export function rotation(degrees: number): PlaneMap {
  const angle = (degrees * Math.PI) / 180
  const [cosine, sine] = [settle(Math.cos(angle)), settle(Math.sin(angle))]
  return { a: cosine, b: -sine, c: sine, d: cosine }
}

export const multiply = (p: PlaneMap, q: PlaneMap): PlaneMap => ({
  a: p.a * q.a + p.b * q.c,
  b: p.a * q.b + p.b * q.d,
  c: p.c * q.a + p.d * q.c,
  d: p.c * q.b + p.d * q.d,
})

function inverse({ a, b, c, d }: PlaneMap): PlaneMap {
  const determinant = a * d - b * c
  return { a: d / determinant, b: -b / determinant, c: -c / determinant, d: a / determinant }
}

/** Recording whose pixels are mapped about the sensor's middle and then shifted, each event to the nearest pixel. */
export function warpRecording(recording: EventRecording, map: PlaneMap, right = 0, down = 0): EventRecording {
  const [cx, cy] = [(recording.width - 1) / 2, (recording.height - 1) / 2]
  return movePixels(
    recording,
    (x, y) => Math.round(cx + map.a * (x - cx) + map.b * (y - cy) + right),
    (x, y) => Math.round(cy + map.c * (x - cx) + map.d * (y - cy) + down),
  )
}

/** Frames mapped about their middle and then shifted, every frame alike. */
export function warpFrames(sample: FrameSample, map: PlaneMap, right = 0, down = 0): FrameSample {
  const back = inverse(map)
  const [cx, cy] = [sample.width / 2, sample.height / 2]
  return sampleFrames(sample, {
    ...back,
    x: cx - back.a * (cx + right) - back.b * (cy + down),
    y: cy - back.c * (cx + right) - back.d * (cy + down),
  })
}

/**
 * Frames read at mapped places: out(u, v) = in(a·u + b·v + x, c·u + d·v + y), where pixel i covers [i, i + 1). Images are
 * read bilinearly, counts from the pixel that holds the place; places outside give what lies beyond an edge.
 */
export function sampleFrames(
  sample: FrameSample,
  place: PlaneMap & { readonly x: number; readonly y: number },
): FrameSample {
  const { steps, height, width } = sample
  const out = blankLike(sample)
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      const x = place.a * (u + 0.5) + place.b * (v + 0.5) + place.x
      const y = place.c * (u + 0.5) + place.d * (v + 0.5) + place.y
      if (!(x >= 0 && x < width && y >= 0 && y < height)) continue
      for (let t = 0; t < steps; t++) {
        if (sample.kind === 'event') copyPixel(sample, out, t, Math.floor(x), Math.floor(y), u, v)
        else blendPixels(sample, out, t, x - 0.5, y - 0.5, u, v)
      }
    }
  }
  return out
}

function copyPixel(from: FrameSample, to: FrameSample, t: number, x: number, y: number, u: number, v: number): void {
  const { height, width, channels } = from
  for (let c = 0; c < channels; c++) {
    to.values[((t * height + v) * width + u) * channels + c] = from.values[
      ((t * height + y) * width + x) * channels + c
    ] as number
  }
}

/** Frames of another size, read bilinearly: the middle of pixel u is at (u + 1/2) · old / new - 1/2. */
export function resizedFrames(sample: FrameSample, height: number, width: number): FrameSample {
  const out = blankLike(sample, height, width)
  const [across, down] = [sample.width / width, sample.height / height]
  for (let t = 0; t < sample.steps; t++) {
    for (let v = 0; v < height; v++) {
      for (let u = 0; u < width; u++) {
        blendPixels(sample, out, t, (u + 0.5) * across - 0.5, (v + 0.5) * down - 0.5, u, v)
      }
    }
  }
  return out
}

/** Bilinear between the four nearest pixels; beyond the border the border's own goes on. */
function blendPixels(from: FrameSample, to: FrameSample, t: number, x: number, y: number, u: number, v: number): void {
  const { height, width, channels, values } = from
  const [left, top] = [Math.floor(x), Math.floor(y)]
  const [fx, fy] = [x - left, y - top]
  const column = (i: number) => Math.min(Math.max(i, 0), width - 1)
  const row = (j: number) => (t * height + Math.min(Math.max(j, 0), height - 1)) * width
  const corners = [
    row(top) + column(left),
    row(top) + column(left + 1),
    row(top + 1) + column(left),
    row(top + 1) + column(left + 1),
  ] as const
  for (let c = 0; c < channels; c++) {
    const at = (corner: number) => values[corner * channels + c] as number
    const upper = at(corners[0]) + (at(corners[1]) - at(corners[0])) * fx
    const lower = at(corners[2]) + (at(corners[3]) - at(corners[2])) * fx
    to.values[((t * to.height + v) * to.width + u) * channels + c] = upper + (lower - upper) * fy
  }
}
