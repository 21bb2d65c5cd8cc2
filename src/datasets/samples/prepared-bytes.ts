/** The facts of a prepared set as one record behind its samples. */
import { z } from 'zod'
import { FileFormatError } from '../../errors.js'
import { labelArray } from '../splits.js'
import type { PreparedSet, SampleFacts } from './sample-facts.js'

const headSchema = z.strictObject({
  content: z.enum(['image', 'event']),
  classes: z.array(z.string()),
  width: z.int().min(1),
  height: z.int().min(1),
  channels: z.int().min(1),
  identity: z.string(),
  split: z.string(),
  notes: z.array(z.string()),
  count: z.int().min(1),
})

/** Columns in the order in which they are stored, each as 32-bit numbers. */
const columns = ['labels', 'parts', 'recordings', 'events', 'on', 'durations'] as const

/** Length of the head, the head as JSON, then the columns, little-endian. */
export function encodePrepared({ facts, ...head }: PreparedSet): Uint8Array {
  const count = facts.labels.length
  const text = new TextEncoder().encode(JSON.stringify({ ...head, count }))
  const bytes = new Uint8Array(4 + text.length + 4 * count * columns.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, text.length, true)
  bytes.set(text, 4)
  columns.forEach((name, column) => {
    const start = 4 + text.length + 4 * count * column
    facts[name].forEach((value, i) => {
      view.setUint32(start + 4 * i, value, true)
    })
  })
  return bytes
}

/** @throws FileFormatError when the bytes are not what `encodePrepared` made */
export function decodePrepared(bytes: Uint8Array, where: string): PreparedSet {
  const fail = (what: string, cause?: unknown) =>
    new FileFormatError(where, what, 'Delete it; it is made anew.', { cause })
  if (bytes.length < 4) throw fail('must end with the facts of its samples.')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const length = view.getUint32(0, true)
  let parsed: unknown
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)))
  } catch (cause) {
    throw fail('its facts are no JSON.', cause)
  }
  const result = headSchema.safeParse(parsed)
  if (!result.success) throw fail('its facts are of another version.')
  const { count, ...head } = result.data
  if (bytes.length !== 4 + length + 4 * count * columns.length) throw fail(`must have facts of ${count} samples.`)
  const read = Object.fromEntries(
    columns.map((name, column) => [
      name,
      Uint32Array.from({ length: count }, (_, i) => view.getUint32(4 + length + 4 * (count * column + i), true)),
    ]),
  ) as Record<(typeof columns)[number], Uint32Array>
  const facts: SampleFacts = {
    ...read,
    labels: labelArray(head.classes.length, read.labels),
    parts: Uint8Array.from(read.parts),
  }
  return { ...head, facts }
}
