import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadDataset } from '../../../src/datasets/load.js'
import { DatasetError, DownloadError } from '../../../src/errors.js'
import { fetchArchives } from '../../../src/host/node/fetch-archives.js'
import { unpackedFiles } from '../../../src/host/node/unpack-archive.js'
import { dotRecording } from '../../datasets/samples/trees.js'
import { sendBytes, serve, type TestServer } from './server.js'

let folder = ''
let server: TestServer | undefined
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuromotif-archives-'))
})
afterEach(async () => {
  await server?.close()
  server = undefined
  rmSync(folder, { recursive: true, force: true })
})

const recordings = (part: string) =>
  Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`${part}/${i % 10}/${i}.bin`, dotRecording(i % 10, 9)]))
const request = (md5: string | null, addresses: readonly string[]) => ({
  name: 'set',
  homepage: 'https://example.org/set',
  files: [],
  packagedFolder: null,
  sources: null,
  archives: { downloadLimit: 100_000, files: [{ name: 'Train.zip', addresses, md5 }] },
})

describe('archives of a set', () => {
  it('are read where they lie, packed, also archives in an archive', async () => {
    const inner = zipSync(recordings('Train'))
    writeFileSync(
      join(folder, 'all.zip'),
      zipSync({ 'set/Train.zip': inner, 'set/Test.zip': zipSync(recordings('Test')) }),
    )
    const set = await loadDataset('nmnist', {
      from: join(folder, 'all.zip'),
      keep: false,
      workers: 0,
      validation: 0.25,
      cacheFolder: folder,
    })
    expect([set.train.count, set.validation.count, set.test.count]).toEqual([9, 3, 12])
    await set.close?.()
  })

  it('that lead out of their folder write nothing', async () => {
    for (const path of ['../evil.bin', '/evil.bin', 'a/../../evil.bin']) {
      writeFileSync(join(folder, 'bad.zip'), zipSync({ [path]: Uint8Array.of(1) }))
      await expect(unpackedFiles(join(folder, 'bad.zip'), path, join(folder, 'unpacked'), 2)).rejects.toThrow(
        /bad\.zip/,
      )
    }
    expect(existsSync(join(folder, '..', 'evil.bin'))).toBe(false)
    expect(readdirSync(folder)).toEqual(['bad.zip'])
  })

  it('are fetched with their checksum, and once', async () => {
    const bytes = zipSync(recordings('Train'))
    const md5 = createHash('md5').update(bytes).digest('hex')
    server = await serve((incoming, response) => sendBytes(bytes, incoming, response))
    const wanted = request(md5, [`${server.address}Train.zip`])
    const to = await fetchArchives(wanted, { cacheFolder: folder })
    expect(readdirSync(to)).toEqual(['Train.zip'])
    await fetchArchives(wanted, { cacheFolder: folder })
    expect(server.requests).toHaveLength(1)
    const other = { ...request('0'.repeat(32), [`${server.address}Train.zip`]), name: 'other' }
    await expect(fetchArchives(other, { cacheFolder: folder, attempts: 1 })).rejects.toThrow(DownloadError)
    mkdirSync(join(folder, 'other'), { recursive: true })
    expect(readdirSync(join(folder, 'other'))).toEqual([])
  })

  it('that only a visitor gets name the page, and offline nothing is fetched', async () => {
    await expect(fetchArchives(request(null, []), { cacheFolder: folder })).rejects.toThrow(
      /https:\/\/example\.org\/set/,
    )
    const offline = { cacheFolder: folder, origins: ['system', 'cache'] as const }
    await expect(fetchArchives(request(null, ['http://127.0.0.1:9/x']), offline)).rejects.toThrow(
      /nothing may be fetched/,
    )
    await expect(loadDataset('nmnist', { cacheFolder: folder })).rejects.toThrow(DatasetError)
  })
})
