/** A recording as bytes in a store: its columns one after the other, little-endian. */
import { FileFormatError } from '../../errors.js'
import type { EventRecording } from '../events/recording.js'

/** Bytes of an event: 4 of time, 2 of column, 2 of row, 1 of polarity. */
export const eventBytes = 9

/** `t [E] u32`, `x [E] u16`, `y [E] u16`, `polarity [E] u8`; length, sensor and duration stand elsewhere. */
export function encodeRecording({ t, x, y, polarity }: Pick<EventRecording, 't' | 'x' | 'y' | 'polarity'>): Uint8Array {
  const count = t.length
  const bytes = new Uint8Array(count * eventBytes)
  const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array | Uint16Array) =>
    new Uint8Array(buffer, byteOffset, byteLength)
  bytes.set(bytesOf(t))
  bytes.set(bytesOf(x), 4 * count)
  bytes.set(bytesOf(y), 6 * count)
  bytes.set(polarity, 8 * count)
  return bytes
}

/**
 * The recording that `encodeRecording` made; columns share memory with `bytes` where it is aligned.
 * @throws FileFormatError when the length is not one of whole events
 */
export function decodeRecording(
  bytes: Uint8Array,
  { width, height, duration }: Pick<EventRecording, 'width' | 'height' | 'duration'>,
): EventRecording {
  const count = bytes.length / eventBytes
  if (!Number.isInteger(count)) {
    throw new FileFormatError(
      'stored recording',
      `must have whole events of ${eventBytes} bytes; it has ${bytes.length} bytes.`,
    )
  }
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
  const { buffer, byteOffset } = aligned
  return {
    width,
    height,
    duration,
    t: new Uint32Array(buffer, byteOffset, count),
    x: new Uint16Array(buffer, byteOffset + 4 * count, count),
    y: new Uint16Array(buffer, byteOffset + 6 * count, count),
    polarity: aligned.subarray(8 * count),
  }
}
