/** The high part of a clock that is sent apart from the low part, as Prophesee's encodings do, carried on over wraps. */
export class TimeHigh {
  /** Time of the high part alone in µs, as halves of 32 bits: the low part is to be put into the low half by `|`. */
  low = 0
  high = 0
  /** Whether any high part has come. */
  known = false
  /** How often the clock has begun anew. */
  wrapArounds = 0
  #value = 0

  /**
   * @param bits    width of the high part
   * @param lowBits width of the low part, below 32
   */
  constructor(
    readonly bits: number,
    readonly lowBits: number,
  ) {}

  /**
   * A new high part. One that is smaller by more than half of what fits is a clock that began anew; one that is larger
   * by as much, after such a wrap, is a late word from before it.
   * @returns below 0 when time went back, above 0 when it went on, 0 when it stayed
   */
  set(value: number): number {
    const range = 2 ** this.bits
    const step = value - this.#value
    let turns = 0
    if (this.known && step < -range / 2) turns = 1
    else if (step > range / 2 && this.wrapArounds > 0) turns = -1
    this.#value = value
    this.wrapArounds += turns
    const first = !this.known
    this.known = true
    const time = (this.wrapArounds * range + value) * 2 ** this.lowBits
    this.low = time | 0
    this.high = Math.floor(time / 4294967296)
    return first ? 1 : step + turns * range
  }
}
