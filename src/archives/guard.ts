import { FileFormatError } from '../errors.js'

/** Caps on what an archive may hold; sizes in bytes, unpacked. */
export interface ArchiveLimits {
  /** Files and folders together; default 4,000,000. */
  readonly entries?: number
  /** One file; default 1 GiB. */
  readonly entryBytes?: number
  /** All files; default 64 GiB. */
  readonly totalBytes?: number
  /** Unpacked to packed size, looked at beyond the first 16 MiB; default 250. Deflate cannot exceed 1,032. */
  readonly ratio?: number
}

export const defaultArchiveLimits: Required<ArchiveLimits> = {
  entries: 4_000_000,
  entryBytes: 2 ** 30,
  totalBytes: 2 ** 36,
  ratio: 250,
}

/** Unpacked bytes that any archive may have, whatever its ratio. */
const ratioFloor = 2 ** 24
const longestPath = 4096

/** Watches one archive while it is read: paths, number, sizes and compression ratio of its entries. */
export class ArchiveGuard {
  readonly limits: Required<ArchiveLimits>
  private entries = 0
  private total = 0

  /** @param name the archive, for messages */
  constructor(
    readonly name: string,
    limits: ArchiveLimits = {},
  ) {
    this.limits = { ...defaultArchiveLimits, ...limits }
  }

  /**
   * Counts one more entry, folders included.
   * @throws FileFormatError above the cap
   */
  count(): void {
    this.entries++
    if (this.entries > this.limits.entries) {
      throw this.error(`may hold at most ${this.limits.entries} entries; it has more.`, 'Raise the limit "entries".')
    }
  }

  /**
   * Adds a file's announced size before anything of it is read.
   * @throws FileFormatError above the caps
   */
  admit(path: string, size: number): void {
    const { entryBytes, totalBytes } = this.limits
    if (!Number.isSafeInteger(size) || size < 0 || size > entryBytes) {
      throw this.error(`${path} may have at most ${entryBytes} bytes; it has ${size}.`, 'Raise the limit "entryBytes".')
    }
    this.total += size
    if (this.total > totalBytes) {
      throw this.error(`its files may have at most ${totalBytes} bytes in all.`, 'Raise the limit "totalBytes".')
    }
  }

  /**
   * Looks at how far bytes were blown up.
   * @throws FileFormatError when it is no compression that real data reach
   */
  ratio(packed: number, unpacked: number): void {
    if (unpacked <= ratioFloor || unpacked <= packed * this.limits.ratio) return
    throw this.error(
      `may unpack to ${this.limits.ratio} times its size at most; ${packed} bytes became ${unpacked} and more.`,
      'It looks like an archive made to fill memory; if you trust it, raise the limit "ratio".',
    )
  }

  /**
   * A path as it may be used below a folder: `.` and doubled `/` are taken out.
   * @throws FileFormatError when it is absolute, climbs, or has characters that other systems read otherwise
   */
  path(raw: string): string {
    const wrong = pathFault(raw)
    if (wrong !== null) {
      throw this.error(
        `paths in it must be relative and stay inside; entry ${JSON.stringify(raw.slice(0, 80))} ${wrong}.`,
        'Do not use this archive, or pack the files again.',
      )
    }
    return raw
      .split('/')
      .filter((part) => part !== '' && part !== '.')
      .join('/')
  }

  /** The error for a link, a device or an unknown kind of entry. */
  refusal(path: string, kind: string): FileFormatError {
    return this.error(`may hold plain files and folders only; ${path.slice(0, 80)} is ${kind}.`, 'Pack it again.')
  }

  error(what: string, advice = 'It is cut or damaged: fetch it again.', cause?: unknown): FileFormatError {
    return new FileFormatError(this.name, what, advice, cause === undefined ? undefined : { cause })
  }
}

function pathFault(path: string): string | null {
  if (path === '' || path.length > longestPath) return `has ${path.length} characters`
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'is absolute'
  if (path.includes('\\')) return 'has a backslash'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'has a control character'
  return path.split('/').includes('..') ? 'climbs with ".."' : null
}
