/**
 * Event Stream 2 (https://github.com/neuromorphic-paris/event_stream): 'Event Stream', three bytes of version, a byte of
 * type, and, but for generic events, width and height of the sensor, 16 bits each, little-endian.
 */
import { FileFormatError } from '../../../errors.js'
import type { ByteSource } from '../byte-source.js'

export type EventStreamType = 'generic' | 'dvs' | 'atis' | 'colour'

/** Types by their byte. 3 are events for a display, which are not read here. */
export const eventStreamTypes: Readonly<Record<EventStreamType, number>> = { generic: 0, dvs: 1, atis: 2, colour: 4 }

export interface EventStreamHeader {
  /** Such as '2.0.0'. */
  readonly version: string
  readonly type: EventStreamType
  /** Pixels; null for generic events. */
  readonly width: number | null
  readonly height: number | null
  readonly bytes: number
}

export const eventStreamMark = 'Event Stream'

export const isEventStream = (head: Uint8Array): boolean =>
  [...eventStreamMark].every((letter, i) => head[i] === letter.charCodeAt(0))

/** @throws FileFormatError when it is no Event Stream of version 2, of another type, or cut */
export async function readEventStreamHeader(source: ByteSource): Promise<EventStreamHeader> {
  const head = await source.read(0, 20)
  const fail = (what: string, advice = ''): never => {
    throw new FileFormatError(source.name, what, advice)
  }
  if (!isEventStream(head)) fail(`must begin with '${eventStreamMark}'; it does not.`)
  const [major = 0, minor = 0, patch = 0, code] = head.subarray(12)
  if (code === undefined) return fail('is cut within its header.', 'Fetch it again.')
  const version = `${major}.${minor}.${patch}`
  if (major !== 2) fail(`must be of version 2; it is of ${version}.`, 'Write it again with a newer program.')
  const type = (Object.keys(eventStreamTypes) as EventStreamType[]).find((name) => eventStreamTypes[name] === code)
  if (type === undefined) {
    const known = Object.entries(eventStreamTypes).map(([name, byte]) => `${byte} ${name}`)
    return fail(`must be of type ${known.join(', ')}; it is of type ${code}${code === 3 ? ', display events' : ''}.`)
  }
  if (type === 'generic') return { version, type, width: null, height: null, bytes: 16 }
  if (head.length < 20) fail('is cut within its header.', 'Fetch it again.')
  const view = new DataView(head.buffer, head.byteOffset)
  const width = view.getUint16(16, true)
  const height = view.getUint16(18, true)
  if (width === 0 || height === 0) fail(`must have a sensor of some size; it has ${width}x${height}.`)
  return { version, type, width, height, bytes: 20 }
}
