/**
 * An unsigned 32-bit clock that begins anew at 2^32: how many turns it has made. Also for signed clocks, read unsigned.
 *
 * A step back by more than half a turn is a wrap-around. A step forward by more than half a turn, after such a wrap, is a
 * late event from before it. Smaller steps back are time going backwards.
 */
export class Clock32 {
  turns = 0
  wrapArounds = 0
  /** Events whose time is before their predecessor's. */
  backwards = 0
  #last = 0
  #started = false

  /** To be called for every step back, and for every step forward by more than half a turn: the rare cases. */
  jump(from: number, to: number): void {
    if (to > from) {
      if (this.wrapArounds === 0) return
      this.turns--
      this.wrapArounds--
      this.backwards++
    } else if (from - to > 2147483648) {
      this.turns++
      this.wrapArounds++
    } else this.backwards++
  }

  /** The time before a chunk's first event; that first event's own at the beginning. */
  before(first: number): number {
    return this.#started ? this.#last : first
  }

  /** Keeps a chunk's last time. */
  after(last: number): void {
    this.#last = last
    this.#started = true
  }
}
