import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DiskError, DownloadError, InterruptedError } from '../../../src/errors.js'
import { fileMd5, requireChecksum } from '../../../src/host/node/checksum.js'
import { type DownloadRequest, download } from '../../../src/host/node/download.js'
import { type Answer, sendBytes, serve, type TestServer } from './server.js'

const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 31 + (i >> 8)) % 256)
let folder = ''
let server: TestServer | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuromotif-test-'))
})
afterEach(async () => {
  await server?.close()
  server = undefined
  rmSync(folder, { recursive: true, force: true })
})

const target = () => join(folder, 'data.bin')
async function fetchIt(answer: Answer, more: Partial<DownloadRequest> = {}, right = bytes): Promise<void> {
  server = await serve(answer)
  const reference = join(folder, 'reference')
  writeFileSync(reference, right)
  const expected = await fileMd5(reference)
  rmSync(reference)
  await download({
    addresses: [`${server.address}data.bin`],
    target: target(),
    limit: 1_000_000,
    verify: async (path) => requireChecksum('data.bin', expected, await fileMd5(path)),
    retryPause: 1,
    ...more,
  })
}
const arrived = () => Buffer.compare(readFileSync(target()), bytes) === 0 && readdirSync(folder).length === 1

describe('downloads', () => {
  it('put the whole file in place and leave nothing beside it', async () => {
    const seen: number[] = []
    const onProgress = (received: number, total: number | null) => {
      seen.push(received)
      expect(total).toBe(bytes.length)
    }
    await fetchIt((request, response) => sendBytes(bytes, request, response), { onProgress })
    expect(arrived()).toBe(true)
    expect(seen.at(-1)).toBe(bytes.length)
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
  })

  it('go on where a cut connection stopped', async () => {
    await fetchIt((request, response, count) =>
      sendBytes(bytes, request, response, count < 3 ? { cutAfter: 30_000 } : {}),
    )
    expect(arrived()).toBe(true)
    const [first, second, third] = server?.requests.map(({ range }) => range) ?? []
    expect(first).toBeUndefined()
    expect(second).toBe('bytes=30000-')
    expect(third).toBe('bytes=60000-')
  })

  it('start again where the server knows no ranges', async () => {
    await fetchIt((request, response, count) =>
      sendBytes(bytes, request, response, { ranges: false, ...(count === 1 && { cutAfter: 30_000 }) }),
    )
    expect(arrived()).toBe(true)
    expect(server?.requests).toHaveLength(2)
  })

  it('go on in a later run', async () => {
    const cut: Answer = (request, response) => sendBytes(bytes, request, response, { cutAfter: 40_000 })
    let calls = 0
    const answer: Answer = (request, response, count) =>
      calls++ === 0 ? cut(request, response, count) : sendBytes(bytes, request, response)
    await expect(fetchIt(answer, { attempts: 1 })).rejects.toThrow(DownloadError)
    expect(readdirSync(folder)).toHaveLength(1)
    const address = `${server?.address}data.bin`
    await download({ addresses: [address], target: target(), limit: 1e6, verify: async () => {} })
    expect(server?.requests.at(-1)?.range).toBe('bytes=40000-')
    expect(arrived()).toBe(true)
  })

  it('leave nothing in place when the checksum is wrong', async () => {
    const other = bytes.map((value, i) => (i === 500 ? value ^ 1 : value))
    await expect(fetchIt((request, response) => sendBytes(other, request, response))).rejects.toThrow(/MD5 must be/)
    expect(readdirSync(folder)).toEqual([])
  })

  it('fetch from the start once more when the resumed file is wrong', async () => {
    // the file on the server changed between the two transfers
    const old = bytes.map((value) => value ^ 1)
    await fetchIt((request, response, count) =>
      sendBytes(count === 1 ? old : bytes, request, response, count === 1 ? { cutAfter: 30_000 } : {}),
    )
    expect(server?.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=30000-', undefined])
    expect(arrived()).toBe(true)
  })

  it('take the next address when one has no such file', async () => {
    const answer: Answer = (request, response) =>
      request.url === '/data.bin' ? response.writeHead(404).end() : sendBytes(bytes, request, response)
    server = await serve(answer)
    await download({
      addresses: [`${server.address}data.bin`, `${server.address}mirror`],
      target: target(),
      limit: 1e6,
      retryPause: 1,
      verify: async () => {},
    })
    // a 404 is not tried again
    expect(server.requests.map(({ path }) => path)).toEqual(['/data.bin', '/mirror'])
    expect(arrived()).toBe(true)
  })

  it('try again after a server error, a few times', async () => {
    const answer: Answer = (_, response) => response.writeHead(503).end()
    await expect(fetchIt(answer, { attempts: 3 })).rejects.toThrow(/HTTP 503.*--from/)
    expect(server?.requests).toHaveLength(3)
    expect(readdirSync(folder)).toEqual([])
  })

  it.each([
    ['announced', { 'content-length': bytes.length }, /has 100000 bytes, at most 50000/],
    // without a length the server sends chunks
    ['sent unannounced', { 'transfer-encoding': 'chunked' }, /more than 50000 bytes came/],
  ])('refuse more than the limit, %s', async (_, headers, message) => {
    const answer: Answer = (_request, response) => {
      response.writeHead(200, headers)
      response.end(bytes)
    }
    await expect(fetchIt(answer, { limit: 50_000 })).rejects.toThrow(message)
    expect(readdirSync(folder)).toEqual([])
  })

  it('give up on a server that sends nothing', async () => {
    await expect(fetchIt(() => {}, { attempts: 1, stallTimeout: 100 })).rejects.toThrow(/no byte came for 0.1 s/)
  })

  it('name the reason when nobody listens', async () => {
    const addresses = ['http://127.0.0.1:1/data.bin']
    const request = { addresses, target: target(), limit: 1, retryPause: 1, attempts: 2, verify: async () => {} }
    await expect(download(request)).rejects.toThrow(DownloadError)
  })

  it('stop when asked to and keep what came', async () => {
    const stop = new AbortController()
    const answer: Answer = (_, response) => {
      response.writeHead(200, { 'content-length': bytes.length })
      response.write(bytes.subarray(0, 20_000))
    }
    const onProgress = (received: number) => received >= 20_000 && stop.abort()
    await expect(fetchIt(answer, { signal: stop.signal, onProgress })).rejects.toThrow(InterruptedError)
    const [part, ...others] = readdirSync(folder)
    expect(part).toMatch(/^data\.bin\.[0-9a-f]{8}\.part$/)
    expect(others).toEqual([])
  })

  it('say which place cannot be written', async () => {
    writeFileSync(join(folder, 'file'), '')
    const request = {
      addresses: ['http://127.0.0.1:1/x'],
      target: join(folder, 'file', 'x'),
      limit: 1,
      verify: async () => {},
    }
    await expect(download(request)).rejects.toThrow(DiskError)
  })

  it('of one file at one time do not disturb each other', async () => {
    server = await serve((request, response) => setTimeout(() => sendBytes(bytes, request, response), 30))
    const request = { addresses: [`${server.address}data.bin`], target: target(), limit: 1e6, verify: async () => {} }
    await Promise.all([download(request), download(request)])
    expect(arrived()).toBe(true)
  })
})
