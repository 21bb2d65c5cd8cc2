import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readTar, unpackTar } from '../../scripts/setup/tar.mjs'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'neuromotif-tar-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** An archive with one entry, put together by hand. */
function archive(name: string, content: string, type = '0'): Uint8Array {
  const bytes = Buffer.alloc(512 * (content.length > 0 ? 4 : 3))
  bytes.write(name, 0)
  bytes.write('0000644\0', 100)
  bytes.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  bytes.write(type, 156)
  bytes.write('ustar\x0000', 257, 'latin1')
  bytes.fill(' ', 148, 156)
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  bytes.write(content, 512)
  return bytes
}

describe('readTar', () => {
  it('reads what the tar program writes', () => {
    const source = join(folder, 'source')
    mkdirSync(join(source, 'deep'), { recursive: true })
    const content = 'x'.repeat(1500)
    writeFileSync(join(source, 'deep', 'long.txt'), content)
    writeFileSync(join(source, 'empty'), '', { mode: 0o755 })
    execFileSync('tar', ['-cf', join(folder, 'a.tar'), '-C', source, '.'])
    const files = readTar(readFileSync(join(folder, 'a.tar')))
    expect(files.map((file) => file.name).sort()).toEqual(['./deep/long.txt', './empty'])
    unpackTar(files, join(folder, 'target'))
    expect(readFileSync(join(folder, 'target', 'deep', 'long.txt'), 'utf8')).toBe(content)
    expect(statSync(join(folder, 'target', 'empty')).mode & 0o100).toBe(0o100)
  })

  it('refuses links', () => {
    expect(() => readTar(archive('link', '', '2'))).toThrow('only plain files')
    expect(() => readTar(archive('link', '', '1'))).toThrow('only plain files')
  })

  it('throws, and never hangs or reads on, for an archive cut anywhere or changed in its header', () => {
    const whole = archive('file', 'content')
    expect(readTar(whole)).toHaveLength(1)
    fc.assert(
      fc.property(fc.nat(1023), (length) => {
        expect(() => readTar(whole.subarray(0, length))).toThrow(/tar:/)
      }),
    )
    fc.assert(
      fc.property(fc.nat(147), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Uint8Array.from(whole)
        changed[at] = ((changed[at] ?? 0) + by) % 256
        expect(() => readTar(Buffer.from(changed))).toThrow('checksum')
      }),
    )
  })
})

describe('unpackTar', () => {
  it('refuses every name that leaves the folder, and writes nothing there', () => {
    for (const name of ['../out', 'a/../../out', '/tmp/neuromotif-out', '..', '.']) {
      const target = join(folder, 'inner')
      expect(() => unpackTar(readTar(archive(name, 'bad')), target)).toThrow('refused')
      expect(existsSync(join(folder, 'out'))).toBe(false)
    }
  })
})
