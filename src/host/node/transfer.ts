import { type FileHandle, open, rm } from 'node:fs/promises'
import { InterruptedError } from '../../errors.js'
import { onDisk } from './disk.js'

/** One transfer did not end well. `final`: trying the same address again is no use. */
export class TransferFailure extends Error {
  readonly final: boolean

  constructor(message: string, final: boolean) {
    super(message)
    this.final = final
  }
}

export interface TransferOptions {
  readonly limit: number
  onProgress?(receivedBytes: number, totalBytes: number | null): void
  readonly signal?: AbortSignal
  readonly stallTimeout?: number
}

/**
 * Fetches one address into `part`, from byte `have` on when the server knows ranges, else from the start.
 * @throws TransferFailure when the file is not whole afterwards; what came so far is in `part`
 */
export async function fetchOnce(address: string, part: string, have: number, options: TransferOptions): Promise<void> {
  const { limit, signal, stallTimeout = 30_000 } = options
  const stall = new AbortController()
  let timer = setTimeout(() => stall.abort(), stallTimeout)
  const alive = () => {
    clearTimeout(timer)
    timer = setTimeout(() => stall.abort(), stallTimeout)
  }
  try {
    const response = await fetch(address, {
      // other encodings would make byte positions meaningless
      headers: { 'accept-encoding': 'identity', ...(have > 0 && { range: `bytes=${have}-` }) },
      signal: signal ? AbortSignal.any([signal, stall.signal]) : stall.signal,
    })
    const { from, total } = await position(response, part, have, address)
    if (total !== null && total > limit) {
      await response.body?.cancel()
      throw new TransferFailure(`the file has ${total} bytes, at most ${limit} are taken`, true)
    }
    await save(response, part, from, total, { ...options, alive })
  } catch (cause) {
    if (signal?.aborted) {
      throw new InterruptedError('download', 'was stopped.', 'Run it again to go on where it stopped.', { cause })
    }
    if (stall.signal.aborted) throw new TransferFailure(`no byte came for ${stallTimeout / 1000} s`, false)
    // fetch reports every trouble of the network as a TypeError
    if (cause instanceof TypeError) throw new TransferFailure(networkReason(cause), false)
    throw cause
  } finally {
    clearTimeout(timer)
  }
}

/** Where the body's first byte belongs and how long the whole file is, from the status and the headers. */
async function position(
  response: Response,
  part: string,
  have: number,
  address: string,
): Promise<{ from: number; total: number | null }> {
  if (response.status === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '')
    if (range && Number(range[1]) === have) return { from: have, total: range[2] === '*' ? null : Number(range[2]) }
    await response.body?.cancel()
    await rm(part, { force: true })
    throw new TransferFailure('the server answers with another range than was asked for', false)
  }
  if (response.status === 416) {
    // the part is longer than the file is, or exactly as long: only the start tells
    await response.body?.cancel()
    await rm(part, { force: true })
    throw new TransferFailure('the server has no bytes behind those already here', false)
  }
  if (!response.ok) {
    await response.body?.cancel()
    const passing = response.status >= 500 || response.status === 408 || response.status === 429
    throw new TransferFailure(`HTTP ${response.status} from ${new URL(address).host}`, !passing)
  }
  const length = response.headers.get('content-length')
  const plain = response.headers.get('content-encoding') === null
  return { from: 0, total: length !== null && plain && /^\d+$/.test(length) ? Number(length) : null }
}

async function save(
  response: Response,
  part: string,
  from: number,
  total: number | null,
  { limit, onProgress, alive }: TransferOptions & { alive(): void },
): Promise<void> {
  if (!response.body) throw new TransferFailure('the answer has no body', false)
  const handle: FileHandle = await onDisk(part, 'write', () => open(part, from > 0 ? 'r+' : 'w'))
  let received = from
  try {
    onProgress?.(received, total)
    const reader = response.body.getReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      alive()
      if (received + value.length > limit) {
        await reader.cancel()
        throw new TransferFailure(`more than ${limit} bytes came, the most that are taken`, true)
      }
      const at = received
      await onDisk(part, 'write', () => handle.write(value, 0, value.length, at))
      received += value.length
      onProgress?.(received, total)
    }
  } finally {
    await handle.close()
  }
  if (total !== null && received !== total) {
    throw new TransferFailure(`${received} of ${total} bytes came`, false)
  }
}

function networkReason(error: TypeError): string {
  const cause = error.cause as { code?: string; message?: string } | undefined
  return cause?.code ?? cause?.message ?? error.message
}
