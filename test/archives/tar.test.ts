import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { gzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { type ArchiveEntry, chunksOf } from '../../src/archives/entries.js'
import type { ArchiveLimits } from '../../src/archives/guard.js'
import { archiveEntries } from '../../src/archives/open-archive.js'
import { tarEntries } from '../../src/archives/tar.js'
import { bytesSource } from '../../src/datasets/events/byte-source.js'
import { FileFormatError } from '../../src/errors.js'
import { fuzz, fuzzReport } from '../support/fuzz.js'
import { concat, padded, tar, tarEnd, tarHeader } from './packed.js'

async function contents(entries: AsyncIterable<ArchiveEntry>): Promise<[string, Uint8Array][]> {
  const files: [string, Uint8Array][] = []
  for await (const entry of entries) files.push([entry.path, await entry.bytes()])
  return files
}
const read = (bytes: Uint8Array, limits?: ArchiveLimits) =>
  contents(archiveEntries(bytesSource('some.tar', bytes), limits))

describe('tar', () => {
  it('gives the files that were packed, whatever the chunks and with or without gzip', async () => {
    const path = fc.stringMatching(/^[a-z0-9 .é-]{1,20}$/).filter((text) => !/^\.{0,2}$/.test(text))
    const members = fc.array(fc.tuple(path, fc.uint8Array({ maxLength: 1300 })), { maxLength: 5, minLength: 1 })
    const equal = fc.asyncProperty(members, fc.integer({ min: 1, max: 1500 }), async (files, chunk) => {
      const bytes = tar(files)
      const chunks = chunksOf(bytesSource('some.tar', bytes), chunk)
      expect(await contents(tarEntries(chunks, 'some.tar'))).toEqual(files)
      expect(await read(gzipSync(bytes))).toEqual(files)
    })
    await fc.assert(equal, { numRuns: 40 })
  })

  it('skips what is not asked for and gives bytes only while the entry is current', async () => {
    const source = bytesSource(
      'some.tar',
      tar([
        ['a', Uint8Array.of(1)],
        ['b', new Uint8Array(2000).fill(7)],
        ['c', Uint8Array.of(3)],
      ]),
    )
    const seen: ArchiveEntry[] = []
    for await (const entry of archiveEntries(source)) {
      seen.push(entry)
      if (entry.path === 'c') expect(await entry.bytes()).toEqual(Uint8Array.of(3))
    }
    expect(seen.map(({ path, size }) => [path, size])).toEqual([
      ['a', 1],
      ['b', 2000],
      ['c', 1],
    ])
    await expect(seen[1]?.bytes()).rejects.toThrow(/read once/)
  })

  it.each(['ustar', 'gnu', 'pax'])('reads what the tar program writes in its format %s', async (format) => {
    const folder = mkdtempSync(join(tmpdir(), 'neuromotif-tar-'))
    try {
      const deep = format === 'ustar' ? `${'d'.repeat(80)}/${'e'.repeat(80)}` : `${'d'.repeat(120)}/${'e'.repeat(120)}`
      mkdirSync(join(folder, 'in', deep), { recursive: true })
      writeFileSync(join(folder, 'in', deep, 'ümlaut'), 'deep')
      writeFileSync(join(folder, 'in', 'empty'), '')
      execFileSync('tar', [`--format=${format}`, '-czf', join(folder, 'a.tgz'), '-C', join(folder, 'in'), '.'])
      const files = new Map(await read(readFileSync(join(folder, 'a.tgz'))))
      expect([...files.keys()].sort()).toEqual([`${deep}/ümlaut`, 'empty'])
      expect(new TextDecoder().decode(files.get(`${deep}/ümlaut`))).toBe('deep')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it.each(['../x', 'a/../../x', '/etc/x', 'C:/x', 'C:x', 'a\\x', 'a\nb', '..'])('refuses the path %j', async (path) => {
    await expect(read(tar([[path, new Uint8Array(1)]]))).rejects.toThrow(/must be relative and stay inside/)
    const record = `path=${path}\n`
    // the length counts itself, here always two digits
    const pax = new TextEncoder().encode(`${record.length + 3} ${record}`)
    const long = concat([tarHeader('p', pax.length, 'x'), padded(pax), tarHeader('a', 0), tarEnd])
    // a pax value may have a line feed
    await expect(read(long)).rejects.toThrow(/must be relative and stay inside/)
  })

  it.each([
    ['1', 'hard link'],
    ['2', 'symbolic link'],
    ['3', 'device'],
    ['6', 'pipe'],
    ['S', 'sparse'],
    ['Z', 'unknown kind'],
  ])('refuses an entry of kind %s, a %s', async (kind, said) => {
    const bytes = concat([tarHeader('a', 0, kind, '/etc/passwd'), tarEnd])
    await expect(read(bytes)).rejects.toThrow(said)
  })

  it('refuses more, larger or denser entries than the limits allow before reading them', async () => {
    const three = tar([
      ['a', new Uint8Array(10)],
      ['b', new Uint8Array(10)],
      ['c', new Uint8Array(10)],
    ])
    await expect(read(three, { entries: 2 })).rejects.toThrow(/at most 2 entries/)
    await expect(read(three, { entryBytes: 9 })).rejects.toThrow(/at most 9 bytes; it has 10/)
    await expect(read(three, { totalBytes: 29 })).rejects.toThrow(/at most 29 bytes in all/)
    // 8 GiB announced, nothing there
    await expect(read(concat([tarHeader('a', 2 ** 33 - 1), tarEnd]))).rejects.toThrow(/entryBytes/)
    const bomb = gzipSync(tar([['zeros', new Uint8Array(20 * 2 ** 20)]]), { level: 6 })
    expect(bomb.length).toBeLessThan(100_000)
    await expect(read(bomb)).rejects.toThrow(/unpack to 250 times its size/)
  })

  it('refuses every cut, and every change of a compressed archive that makes other files', async () => {
    const bytes = tar([
      ['a', Uint8Array.from({ length: 700 }, (_, i) => i * i)],
      ['b/c', new Uint8Array(30)],
    ])
    for (let length = 0; length < bytes.length - 512; length += 64) {
      await expect(read(bytes.subarray(0, length))).rejects.toThrow(FileFormatError)
    }
    const packed = gzipSync(bytes, { mtime: 0 })
    const files = await read(bytes)
    let refused = 0
    for (let length = 0; length < packed.length; length += 7) {
      await expect(read(packed.subarray(0, length))).rejects.toThrow(FileFormatError)
    }
    // behind the header of gzip, whose fields may be anything
    for (let at = 10; at < packed.length; at += 3) {
      const changed = packed.map((byte, i) => (i === at ? byte ^ 0x10 : byte))
      // a few changes, such as another distance within equal bytes, unpack to the same
      const found = await read(changed).catch((error: unknown) => error)
      if (found instanceof FileFormatError) refused++
      else expect(found).toEqual(files)
    }
    expect(refused).toBeGreaterThan(packed.length / 6)
  })

  it('survives damaged archives', async () => {
    const plain = tar([
      ['train/a/1', new Uint8Array(600).fill(3)],
      ['train/b/2', new Uint8Array(5)],
    ])
    const limits = { entryBytes: 2 ** 20, totalBytes: 2 ** 22 }
    const count = await fuzz([plain, gzipSync(plain, { mtime: 0 })], 1500, (bytes) => read(bytes, limits))
    console.log(fuzzReport('tar and tar.gz', count))
    expect(count.inputs).toBe(3000)
    expect(count.refused).toBeGreaterThan(1000)
  })
})
