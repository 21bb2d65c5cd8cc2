import { createHash, randomBytes } from 'node:crypto'
import { mkdir, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DownloadError, InterruptedError } from '../../errors.js'
import { onDisk, putInPlace } from './disk.js'
import { fetchOnce, TransferFailure } from './transfer.js'
import { takeLock } from './write-lock.js'

export interface DownloadRequest {
  /** Full addresses of the same file; the next is tried when one fails for good. */
  readonly addresses: readonly string[]
  /** Where the finished file goes; nothing appears there before it is whole and verified. */
  readonly target: string
  /** Largest size taken, in bytes. */
  readonly limit: number
  /** Checks the finished file before it is put in place; throws a DownloadError when it is not the right one. */
  verify(path: string): Promise<void>
  onProgress?(receivedBytes: number, totalBytes: number | null): void
  readonly signal?: AbortSignal
  /** Tries of one address, default 4. */
  readonly attempts?: number
  /** Milliseconds before the second try, doubled for each further one; default 500. */
  readonly retryPause?: number
  /** Milliseconds without a byte after which a transfer counts as dead; default 30,000. */
  readonly stallTimeout?: number
}

/**
 * Fetches a file. A transfer that is cut goes on where it stopped when the server knows ranges, also in a later run:
 * the bytes so far stay beside the target, under the target's name with the address's hash and `.part` behind it.
 *
 * @throws DownloadError when no address yields the right file; it names each address with its reason
 * @throws DiskError when the disk is full or may not be written
 * @throws InterruptedError when `signal` stops it; what came so far is kept
 */
export async function download(request: DownloadRequest): Promise<void> {
  await onDisk(request.target, 'write', () => mkdir(dirname(request.target), { recursive: true }))
  const reasons: string[] = []
  for (const address of request.addresses) {
    const reason = await downloadFrom(address, request)
    if (reason === null) return
    reasons.push(`${address} (${reason})`)
  }
  throw new DownloadError(
    request.target,
    `could not be fetched from ${reasons.join('; ') || 'anywhere: no address is known'}.`,
    'Check the network, or fetch the files yourself and give their folder with --from.',
  )
}

/** @returns null when the file is in place, else why this address failed */
async function downloadFrom(address: string, request: DownloadRequest): Promise<string | null> {
  const { target, attempts = 4, retryPause = 500 } = request
  const name = createHash('sha256').update(address).digest('hex').slice(0, 8)
  const lock = await takeLock(`${target}.${name}.lock`)
  // while somebody else writes the shared part file, this call works on its own, which it does not keep
  const part = lock ? `${target}.${name}.part` : `${target}.${name}.${randomBytes(4).toString('hex')}.part`
  let reason = ''
  try {
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (attempt > 0) await pause(retryPause * 2 ** (attempt - 1), request.signal)
      const resumed = await sizeOf(part)
      try {
        await fetchOnce(address, part, resumed, request)
        await request.verify(part)
        await putInPlace(part, target)
        return null
      } catch (error) {
        if (error instanceof TransferFailure) {
          reason = error.message
          if (!error.final) continue
          // this address will never yield the rest
          await rm(part, { force: true })
          break
        }
        if (!(error instanceof DownloadError)) throw error
        // wrong bytes: never keep them; once more from the start if a part of them came from an earlier transfer
        await rm(part, { force: true })
        reason = error.message
        if (resumed === 0) break
      }
    }
    return reason
  } finally {
    if (lock) await lock.release()
    else await rm(part, { force: true })
  }
}

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    (facts) => facts.size,
    () => 0,
  )

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) throw interrupted()
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(interrupted())
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

/** The error for a fetch that the user stopped. */
export const interrupted = (): InterruptedError =>
  new InterruptedError('download', 'was stopped.', 'Run it again to go on where it stopped.')
