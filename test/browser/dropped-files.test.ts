import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type BrowserContext, type Page as BrowserPage, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeEvt2, encodeNmnist } from '../datasets/events/encoders.js'
import { dotRecording } from '../datasets/samples/trees.js'
import { needs, testData } from '../datasets/samples.js'
import type { Page } from './page.js'

const executablePath = '/usr/bin/chromium'
const { missing, because } = needs(executablePath)
declare const page: Page

/** The page and its script, bundled as an application would do it. */
async function serve(): Promise<{ server: Server; address: string }> {
  const bundle = await build({
    entryPoints: ['test/browser/page.ts'],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    splitting: true,
    outdir: '/',
    write: false,
    logLevel: 'error',
    // loaded in Node alone, behind dynamic imports that a page never reaches
    external: ['node:*', 'webgpu', 'libsql', 'vega', 'vega-lite'],
  })
  const files = new Map(bundle.outputFiles.map(({ path, contents }) => [path, contents]))
  const html =
    '<!doctype html><meta charset="utf-8"><input type="file" multiple><main style="height:300px">drop here</main><script type="module" src="/page.js"></script>'
  const server = createServer((request, response) => {
    const found = files.get(request.url ?? '')
    response.setHeader('content-type', found ? 'text/javascript' : 'text/html')
    response.end(found ?? html)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

describe.skipIf(missing)(`files dropped on a page${because}`, () => {
  let profile = ''
  let server: Server
  let context: BrowserContext
  let tab: BrowserPage
  const faults: string[] = []

  beforeAll(async () => {
    profile = mkdtempSync(join(tmpdir(), 'neuromotif-browser-'))
    const served = await serve()
    server = served.server
    const args = [
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-dev-shm-usage',
    ]
    context = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args })
    tab = context.pages()[0] ?? (await context.newPage())
    tab.on('pageerror', (error) => faults.push(error.message))
    await tab.goto(served.address)
    await tab.waitForFunction(() => typeof page !== 'undefined')
  })
  afterAll(async () => {
    await context?.close()
    server?.close()
    rmSync(profile, { recursive: true, force: true })
  })

  /** What the page says of files that were chosen. */
  async function choose(files: Readonly<Record<string, Uint8Array>>): Promise<unknown> {
    await tab.locator('main').evaluate((element) => {
      element.textContent = ''
    })
    await tab.setInputFiles(
      'input',
      Object.entries(files).map(([name, bytes]) => ({
        name,
        mimeType: 'application/octet-stream',
        buffer: Buffer.from(bytes),
      })),
    )
    await tab.waitForFunction(() => document.querySelector('main')?.textContent !== '')
    return JSON.parse((await tab.locator('main').textContent()) ?? 'null')
  }

  it('are read in their own formats, by slices, and told when they are of none', async () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => ({
      x: i % 34,
      y: i % 30,
      t: 100 + i,
      p: i % 3 === 0 ? 1 : 0,
    }))
    const found = await choose({
      'digit.bin': encodeNmnist(rows),
      'camera.raw': encodeEvt2(rows),
      'letter.aedat4': new TextEncoder().encode('Dear reader'),
    })
    expect(found).toEqual([
      { name: 'digit.bin', format: expect.any(String), events: 30_000, on: 10_000, first: '100' },
      { name: 'camera.raw', format: 'evt2', events: 30_000, on: 10_000, first: '100' },
      { name: 'letter.aedat4', error: expect.stringContaining('E_FILE_FORMAT letter.aedat4') },
    ])
    expect(faults).toEqual([])
  })

  it('are taken from a drop as well', async () => {
    const bytes = [...dotRecording(3, 12)]
    const transfer = await tab.evaluateHandle((content) => {
      const data = new DataTransfer()
      data.items.add(new File([Uint8Array.from(content)], 'dropped.bin'))
      return data
    }, bytes)
    await tab.locator('main').evaluate((element) => {
      element.textContent = ''
    })
    await tab.dispatchEvent('main', 'drop', { dataTransfer: transfer })
    await tab.waitForFunction(() => document.querySelector('main')?.textContent !== '')
    expect(JSON.parse((await tab.locator('main').textContent()) ?? '')).toMatchObject([
      { name: 'dropped.bin', events: 12, on: 6 },
    ])
  })

  it('become a data set with its splits, with no worker and no disk', async () => {
    const found = await tab.evaluate(
      async (recordings) => {
        const files = recordings.map(({ path, bytes }) => {
          const file = new File([Uint8Array.from(bytes)], path.slice(path.lastIndexOf('/') + 1))
          // what a browser sets for the files of a chosen folder
          Object.defineProperty(file, 'webkitRelativePath', { value: path })
          return file
        })
        return page.loadSet(files)
      },
      ['Train', 'Test'].flatMap((part) =>
        Array.from({ length: 8 }, (_, i) => ({
          path: `set/${part}/${i % 2}/${i}.bin`,
          bytes: [...dotRecording(i, 20)],
        })),
      ),
    )
    expect(found).toMatchObject({ train: 6, validation: 2, test: 8, sum: 6 * 20 })
  })

  const real = {
    'sample_nmnist.bin': ['nmnist/sample_nmnist.bin', 4325],
    'tonic_sample_ncars.dat': ['prophesee/tonic_sample_ncars.dat', 2009],
    'mnist_0_scale04_0001_qt1.aedat': ['mnist-dvs/mnist_0_scale04_0001_qt1.aedat', null],
    'tonic_sample.aedat4': ['aedat4/tonic_sample.aedat4', null],
  } as const
  const { missing: noReal, because: whyReal } = needs(join(testData, 'nmnist'))
  it.skipIf(noReal)(`read real recordings like Node does${whyReal}`, async () => {
    const paths = Object.entries(real).filter(([, [path]]) => existsSync(join(testData, path)))
    const found = (await choose(
      Object.fromEntries(paths.map(([name, [path]]) => [name, readFileSync(join(testData, path))])),
    )) as { name: string; events?: number; error?: string }[]
    expect(found.map(({ name }) => name)).toEqual(paths.map(([name]) => name))
    for (const [i, { events, error }] of found.entries()) {
      expect(error).toBeUndefined()
      const known = paths[i]?.[1][1]
      if (known === null || known === undefined) expect(events).toBeGreaterThan(100)
      else expect(events).toBe(known)
    }
  })
})
