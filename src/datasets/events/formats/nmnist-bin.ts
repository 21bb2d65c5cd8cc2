/**
 * N-MNIST and N-Caltech101 (Orchard, Jayawant, Cohen & Thakor, Frontiers in Neuroscience 9:437, 2015): no header, five
 * bytes an event: column, row, then 24 bits big-endian: polarity (1 ON) and 23 bits of time in µs. Neither the size of
 * the sensor nor the set is said in the file: N-MNIST is 34x34, N-Caltech101 varies.
 *
 * A record of row 240 is no event. The sets' own reader adds 8,192 µs to every later time for each; so do we.
 */
import type { EventFormat } from '../event-reader.js'
import { openFiveByte } from './five-byte-events.js'

export const nmnistBin: EventFormat = {
  name: 'nmnist',
  title: 'N-MNIST and N-Caltech101 (.bin)',
  endings: ['.bin'],
  recognises: () => false,
  open: (source, options) => openFiveByte(source, options, { format: 'nmnist', address: 'xy', overflowMarkers: true }),
}
