/** What a reader counts while it reads, and how that is told. */
import { FileFormatError } from '../../../errors.js'
import type { ReaderWarning } from '../event-reader.js'

const times = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`

/** Oddities of one recording. Hot loops count in variables of their own and add here once a chunk. */
export class ReaderReport {
  /** Events beyond the sensor's edge, which were dropped. */
  outside = 0
  /** How often time went backwards. */
  nonMonotonic = 0
  /** How often the clock began anew and was carried on. */
  wrapArounds = 0
  readonly #skipped = new Map<string, number>()
  readonly #other: string[] = []
  #truncated: string | null = null

  constructor(
    readonly fileName: string,
    readonly truncation: 'warn' | 'error',
  ) {}

  /** Counts records of another kind, named in the plural, such as 'IMU words'. */
  skip(what: string, count: number): void {
    if (count > 0) this.#skipped.set(what, (this.#skipped.get(what) ?? 0) + count)
  }

  /** Something to say once, as a whole sentence. */
  note(message: string): void {
    if (!this.#other.includes(message)) this.#other.push(message)
  }

  /**
   * The file ends within something.
   * @param what what is incomplete, as a whole sentence
   * @throws FileFormatError where the caller asked for it
   */
  truncate(what: string): void {
    if (this.truncation === 'error') {
      throw new FileFormatError(this.fileName, what, "Fetch it again, or take what is whole with truncated: 'warn'.")
    }
    this.#truncated = `${what} Every whole event before that was given.`
  }

  warnings(): ReaderWarning[] {
    const list: ReaderWarning[] = []
    const add = (kind: ReaderWarning['kind'], count: number, message: string) => {
      if (count > 0) list.push({ kind, count, message })
    }
    add('truncated', this.#truncated === null ? 0 : 1, this.#truncated ?? '')
    add('outside', this.outside, `${times(this.outside, 'event', 'events')} outside the sensor left out.`)
    const back = times(this.nonMonotonic, 'time', 'times')
    add('nonMonotonic', this.nonMonotonic, `Time goes backwards ${back}; events are given in the order of the file.`)
    const wraps = times(this.wrapArounds, 'time', 'times')
    add('wrapAround', this.wrapArounds, `The clock wraps around ${wraps}; times are carried on.`)
    for (const [what, count] of this.#skipped) add('skipped', count, `${count} ${what} skipped.`)
    for (const message of this.#other) add('other', 1, message)
    return list
  }
}
