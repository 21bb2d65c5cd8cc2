/** Reading small pieces of a source one after another without going to it for each. */
import type { ByteSource } from '../byte-source.js'

export class SourceWindow {
  #start = 0
  #held: Uint8Array = new Uint8Array(0)

  /**
   * @param end        nothing from here on is read
   * @param chunkBytes bytes fetched at a time; more where a piece is larger
   */
  constructor(
    readonly source: ByteSource,
    readonly end: number,
    readonly chunkBytes: number,
  ) {}

  /** The bytes `[at, at + length)`, cut at the end; valid until the next call. */
  async bytes(at: number, length: number): Promise<Uint8Array> {
    const stop = Math.min(at + length, this.end)
    if (at < this.#start || stop > this.#start + this.#held.length) {
      this.#held = await this.source.read(at, Math.min(Math.max(length, this.chunkBytes), this.end - at))
      this.#start = at
    }
    return this.#held.subarray(at - this.#start, stop - this.#start)
  }
}
