/** What AEDAT 1 and 2 files leave open: the sensor, and which way their fields are to be read. */
import type { EventReaderOptions } from '../event-reader.js'

export interface AedatOptions extends EventReaderOptions {
  /** Layout of addresses, where neither the header nor the addresses themselves tell. */
  readonly sensor?: 'dvs128' | 'davis'
  /**
   * `raw` (default): the fields as they are. `jaer`: as jAER shows them: columns mirrored, and for the DVS128 a
   * polarity bit of 0 is ON. In both, rows count from the bottom, as these files do.
   */
  readonly fields?: 'raw' | 'jaer'
}
