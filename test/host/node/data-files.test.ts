import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findDataset, loadDataset } from '../../../src/datasets/load.js'
import { DatasetError, DiskError, DownloadError, FileFormatError } from '../../../src/errors.js'
import { obtainDataFiles } from '../../../src/host/node/data-files.js'
import { defaultDataFolder } from '../../../src/host/node/data-folders.js'
import { tar } from '../../archives/packed.js'
import { idxBytes, images, needs, testData, zipped } from '../../datasets/samples.js'
import { sendBytes, serve, type TestServer } from './server.js'

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

function writeMnistLike(to: string, count: number, gzip: boolean): void {
  mkdirSync(to, { recursive: true })
  for (const part of ['train', 't10k']) {
    const files = {
      [`${part}-images-idx3-ubyte`]: idxBytes([count, 28, 28], images(count, 28, 1, 10).pixels),
      [`${part}-labels-idx1-ubyte`]: idxBytes([count], images(count, 1, 1, 10).labels),
    }
    for (const [name, bytes] of Object.entries(files)) {
      writeFileSync(join(to, gzip ? `${name}.gz` : name), gzip ? zipped(bytes) : bytes)
    }
  }
}

describe('finding data files', () => {
  it.each([true, false])(
    "reads a user's folder and says that the set is not the official one, gzip %s",
    async (gzip) => {
      writeMnistLike(folder, 40, gzip)
      const notices: string[] = []
      const set = await loadDataset('mnist', { from: folder, validation: 10, notice: (text) => notices.push(text) })
      expect([set.train.count, set.validation.count, set.test.count]).toEqual([30, 10, 40])
      expect(set.source).toBe(folder)
      expect(notices.join()).toMatch(/has 40 training and 40 test samples, the official set 60000 and 10000/)
    },
  )

  it('looks into the usual folders below the one named', async () => {
    writeMnistLike(join(folder, 'MNIST/raw'), 20, true)
    const set = await loadDataset('mnist', { from: folder, validation: 0.5 })
    expect(set.source).toBe(join(folder, 'MNIST/raw'))
  })

  it('names the files that a folder lacks, and a folder that is not there', async () => {
    writeMnistLike(folder, 20, true)
    rmSync(join(folder, 'train-labels-idx1-ubyte.gz'))
    await expect(loadDataset('mnist', { from: folder })).rejects.toThrow(DatasetError)
    await expect(loadDataset('mnist', { from: folder })).rejects.toThrow(
      /train-labels-idx1-ubyte\[.gz\].*it holds t10k/,
    )
    await expect(loadDataset('mnist', { from: join(folder, 'nowhere') })).rejects.toThrow(DiskError)
  })

  it('names the file that is damaged', async () => {
    writeMnistLike(folder, 20, true)
    writeFileSync(join(folder, 'train-images-idx3-ubyte.gz'), 'no gzip at all, and no IDX either')
    await expect(loadDataset('mnist', { from: folder })).rejects.toThrow(FileFormatError)
    await expect(loadDataset('mnist', { from: folder })).rejects.toThrow(join(folder, 'train-images-idx3-ubyte.gz'))
  })

  it('takes the cache, without asking anybody', async () => {
    writeMnistLike(join(folder, 'mnist'), 20, true)
    const options = { cacheFolder: folder, origins: ['cache'] as const, validation: 0.5 }
    expect((await loadDataset('mnist', options)).source).toBe(join(folder, 'mnist'))
    expect(await findDataset('mnist', options)).toBe(join(folder, 'mnist'))
    expect(await findDataset('cifar10', options)).toBeNull()
    expect(await findDataset('moving-shapes')).toBe('generated')
    await expect(loadDataset('cifar10', options)).rejects.toThrow(/cache are the only origins allowed/)
  })

  const { missing, because } = needs(join(testData, 'cifar10'))
  it.skipIf(missing)(`reads the CIFAR-10 batches at hand${because}`, async () => {
    const set = await loadDataset('cifar10', { from: testData, validation: 0.1, limits: { train: 500, test: 100 } })
    expect([set.train.count, set.validation.count, set.test.count]).toEqual([500, 807, 100])
    // near the published mean of the whole set, 0.491 0.482 0.447
    expect(set.mean[0]).toBeCloseTo(0.491, 1)
    expect(set.mean[2]).toBeCloseTo(0.447, 1)
  })

  it('puts the cache where the environment says', () => {
    expect(defaultDataFolder({ NEUROMOTIF_CACHE: '/a/b' })).toBe('/a/b')
    expect(defaultDataFolder({ XDG_CACHE_HOME: '/c' })).toBe(join('/c', 'neuromotif', 'data'))
    const usual = join(homedir(), '.cache', 'neuromotif', 'data')
    expect(defaultDataFolder({ XDG_CACHE_HOME: 'relative' })).toBe(usual)
    expect(defaultDataFolder({})).toBe(usual)
  })
})

describe('fetching data files', () => {
  const contents = new Map([
    ['a', zipped(idxBytes([3], [1, 2, 3]))],
    ['b', zipped(idxBytes([2], [1, 2]))],
  ])
  const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex')
  const request = (md5b = md5(idxBytes([2], [1, 2]))) => ({
    name: 'letters',
    files: [
      { name: 'a', md5: md5(idxBytes([3], [1, 2, 3])) },
      { name: 'b', md5: md5b },
    ],
    packagedFolder: null,
    sources: { addresses: [], downloadLimit: 1000, systemFolders: [], subfolders: [] },
  })
  const options = async () => {
    server = await serve((asked, response) => {
      const bytes = contents.get((asked.url ?? '').slice(1).replace('.gz', ''))
      if (bytes) sendBytes(bytes, asked, response)
      else response.writeHead(404).end()
    })
    return { cacheFolder: folder, addresses: [server.address], retryPause: 1 }
  }

  it('fills the cache and does not fetch twice', async () => {
    const where = await options()
    const { files, source } = await obtainDataFiles(request(), where)
    expect(source).toBe(server?.address)
    expect(files.get('a')?.bytes.length).toBe(contents.get('a')?.length)
    expect(readdirSync(join(folder, 'letters')).sort()).toEqual(['a.gz', 'b.gz'])
    await obtainDataFiles(request(), where)
    expect(server?.requests).toHaveLength(2)
  })

  it('keeps the good file and puts no wrong one in place', async () => {
    await expect(obtainDataFiles(request('0'.repeat(32)), await options())).rejects.toThrow(DownloadError)
    expect(readdirSync(join(folder, 'letters'))).toEqual(['a.gz'])
  })

  it('unpacks an archive into the cache and removes it', async () => {
    const archive = zipped(
      tar([
        ['x/a', contents.get('a') as Uint8Array],
        ['x/b', new Uint8Array(700).fill(5)],
        ['x/c', new Uint8Array(1)],
      ]),
    )
    const where = await options()
    contents.set('all.tar', archive)
    const wanted = {
      ...request(),
      sources: { ...request().sources, archive: { name: 'all.tar.gz', folder: 'x', md5: md5(archive) } },
    }
    const { files } = await obtainDataFiles(wanted, where)
    expect(files.get('b')?.bytes).toEqual(Buffer.alloc(700, 5))
    expect(readdirSync(join(folder, 'letters')).sort()).toEqual(['a', 'b'])
  })

  it('takes nothing out of an archive of which a path leads outside, and removes it', async () => {
    const archive = zipped(
      tar([
        ['x/a', new Uint8Array(9)],
        ['x/b', new Uint8Array(9)],
        ['../c', new Uint8Array(1)],
      ]),
    )
    const where = await options()
    contents.set('all.tar', archive)
    const wanted = {
      ...request(),
      sources: { ...request().sources, archive: { name: 'all.tar.gz', folder: 'x', md5: md5(archive) } },
    }
    await expect(obtainDataFiles(wanted, where)).rejects.toThrow(/climbs with "\.\."/)
    expect(readdirSync(join(folder, 'letters'))).toEqual([])
    expect(existsSync(join(folder, 'c'))).toBe(false)
  })

  it('falls back to the shipped digits when told to, and says so', async () => {
    const none = {
      cacheFolder: folder,
      addresses: ['http://127.0.0.1:1/'],
      origins: ['download'] as const,
      attempts: 1,
    }
    await expect(loadDataset('fashion-mnist', none)).rejects.toThrow(DownloadError)
    const notices: string[] = []
    const set = await loadDataset('fashion-mnist', { ...none, fallback: true, notice: (text) => notices.push(text) })
    expect(set.name).toBe('digits')
    expect(notices.join()).toMatch(/fashion-mnist cannot be had, taking the shipped digits/)
  })
})
