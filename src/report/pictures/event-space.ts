/** A recording in the space of column, row and time, seen from the side: time runs to the right. */
import type { EventRecording } from '../../datasets/events/recording.js'
import { Canvas, type Colour } from './canvas.js'
import { offColour, onColour } from './sample-picture.js'

const frame: Colour = [170, 170, 170]
/** Pixels of the picture that time takes, and by which the sensor's columns lead away from the reader. */
const timeLength = 640
const depth = { right: 0.35, up: 0.25 }
const margin = 12
/** Events that are drawn; of more, every n-th. */
const mostEvents = 60_000

/** Columns lead back, rows down, time to the right; ON and OFF in two colours, the farthest columns first. */
export function eventSpacePicture(recording: EventRecording): Canvas {
  const { width, height, duration, x, y, t, polarity } = recording
  const scale = Math.max(1, Math.min(8, Math.round(200 / Math.max(width, height))))
  const [right, up] = [depth.right * width * scale, depth.up * width * scale]
  const canvas = new Canvas(Math.ceil(timeLength + right + 2 * margin), Math.ceil(height * scale + up + 2 * margin))
  const place = (column: number, row: number, time: number): readonly [number, number] => {
    // column 0 is nearest
    const back = column / width
    return [margin + (time / duration) * timeLength + back * right, margin + up + row * scale - back * up]
  }
  drawBox(canvas, place, width, height, duration)
  const every = Math.max(1, Math.ceil(t.length / mostEvents))
  const drawn = Uint32Array.from({ length: Math.floor(t.length / every) }, (_, i) => i * every)
  const order = drawn.sort((a, b) => (x[b] as number) - (x[a] as number))
  for (const i of order) {
    const [left, top] = place(x[i] as number, y[i] as number, t[i] as number)
    canvas.fill(Math.round(left), Math.round(top), 2, 2, polarity[i] === 1 ? onColour : offColour)
  }
  return canvas
}

function drawBox(
  canvas: Canvas,
  place: (column: number, row: number, time: number) => readonly [number, number],
  width: number,
  height: number,
  duration: number,
): void {
  const corners = [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ] as const
  corners.forEach(([column, row], i) => {
    const [nextColumn, nextRow] = corners[(i + 1) % 4] as (typeof corners)[number]
    for (const time of [0, duration])
      canvas.line(...place(column, row, time), ...place(nextColumn, nextRow, time), frame)
    canvas.line(...place(column, row, 0), ...place(column, row, duration), frame)
  })
}
