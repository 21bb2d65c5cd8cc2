import fc from 'fast-check'
import { deflateSync, zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import type { ArchiveLimits } from '../../src/archives/guard.js'
import { zipEntries } from '../../src/archives/zip.js'
import { blobSource, bytesSource } from '../../src/datasets/events/byte-source.js'
import { FileFormatError } from '../../src/errors.js'
import { fuzz, fuzzReport } from '../support/fuzz.js'
import { needsPython, python } from '../support/python.js'
import { concat, zip } from './packed.js'

async function read(bytes: Uint8Array, limits?: ArchiveLimits): Promise<[string, Uint8Array][]> {
  const entries = await zipEntries(bytesSource('some.zip', bytes), limits)
  return Promise.all(entries.map(async (entry) => [entry.path, await entry.bytes()] as [string, Uint8Array]))
}
const packed = (bytes: Uint8Array) => deflateSync(bytes)

describe('zip', () => {
  it('gives the files that were packed, stored and deflated', async () => {
    const path = fc.stringMatching(/^[a-z0-9é-]{1,12}$/)
    const files = fc.dictionary(path, fc.uint8Array({ maxLength: 3000 }), { maxKeys: 5 })
    const equal = fc.asyncProperty(files, fc.constantFrom(0 as const, 6 as const), async (members, level) => {
      const found = await read(zipSync(members, { level }))
      expect(new Map(found)).toEqual(new Map(Object.entries(members)))
    })
    await fc.assert(equal, { numRuns: 60 })
  })

  it('gives entries in any order, from a file dropped on a page, with folders left out', async () => {
    const bytes = zip(
      [
        { name: 'folder/', bytes: new Uint8Array(0), mode: 0o040755 },
        { name: './folder//one', bytes: Uint8Array.of(1) },
        { name: 'two', bytes: new Uint8Array(900).fill(2), packed: packed(new Uint8Array(900).fill(2)) },
      ],
      'a comment with PK\u0005\u0006 in it',
    )
    const [one, two] = await zipEntries(blobSource(new File([new Uint8Array(bytes)], 'dropped.zip')))
    expect(await two?.bytes()).toEqual(new Uint8Array(900).fill(2))
    expect(await two?.bytes()).toEqual(new Uint8Array(900).fill(2))
    expect([one?.path, await one?.bytes()]).toEqual(['folder/one', Uint8Array.of(1)])
  })

  const { missing, because } = needsPython()
  it.skipIf(missing)(`reads archives with 64-bit records${because}`, async () => {
    const bytes = python(`
import io, sys, zipfile
out = io.BytesIO()
with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
    for name in ("a", "b"):
        with archive.open(name, "w", force_zip64=True) as member:
            member.write(name.encode() * 1000)
    for i in range(66000):
        archive.writestr(zipfile.ZipInfo(f"many/{i}"), b"")
sys.stdout.buffer.write(out.getvalue())`)
    const entries = await zipEntries(bytesSource('long.zip', bytes))
    expect(entries).toHaveLength(66_002)
    expect(await entries[1]?.bytes()).toEqual(new Uint8Array(1000).fill(98))
  })

  it.each(['../x', 'a/../../x', '/etc/x', 'C:/x', 'a\\..\\x', 'a\u0000b', ''])('refuses the path %j', async (path) => {
    await expect(read(zip([{ name: path, bytes: Uint8Array.of(1) }]))).rejects.toThrow(/relative and stay inside/)
  })

  it('refuses links, encrypted entries and unknown methods', async () => {
    const bytes = Uint8Array.of(1)
    await expect(read(zip([{ name: 'a', bytes, mode: 0o120777 }]))).rejects.toThrow(/a is a symbolic link/)
    await expect(read(zip([{ name: 'a', bytes, flags: 1 }]))).rejects.toThrow(/encrypted/)
    await expect(read(zip([{ name: 'a', bytes, method: 12 }]))).rejects.toThrow(/its method is 12/)
  })

  it('refuses bombs without unpacking them', async () => {
    const zeros = new Uint8Array(20 * 2 ** 20)
    const dense = packed(zeros)
    await expect(read(zip([{ name: 'a', bytes: zeros, packed: dense }]))).rejects.toThrow(/250 times its size/)
    // the directory claims little and the data are long: unpacking stops at what was claimed
    const lying = zip([{ name: 'a', bytes: zeros, packed: dense, claimedSize: 1000 }])
    await expect(read(lying)).rejects.toThrow(/must unpack to 1000 bytes; got more/)
    // the directory claims much and nothing is there
    const empty = zip([{ name: 'a', bytes: Uint8Array.of(1), claimedSize: 2 ** 31 }])
    await expect(read(empty)).rejects.toThrow(/entryBytes/)
    const member = { bytes: new Uint8Array(5000), packed: new Uint8Array(5000), method: 0 }
    const overlapping = zip([
      { name: 'a', ...member },
      { name: 'b', ...member, packed: new Uint8Array(0) },
    ])
    expect(await read(zip([{ name: 'a', ...member }]))).toHaveLength(1)
    await expect(read(overlapping)).rejects.toThrow(FileFormatError)
    const many = zip(Array.from({ length: 5 }, (_, i) => ({ name: `${i}`, bytes: new Uint8Array(1) })))
    await expect(read(many, { entries: 4 })).rejects.toThrow(/at most 4 entries/)
    await expect(read(many, { totalBytes: 4 })).rejects.toThrow(/at most 4 bytes in all/)
  })

  it('refuses entries that lie over one another', async () => {
    const bytes = new Uint8Array(4000).fill(1)
    const first = zip([{ name: 'a', bytes }])
    // three more directory records that point to the same data
    const start = first.length - 22 - 47
    const record = first.subarray(start, start + 47)
    const end = first.slice(-22)
    new DataView(end.buffer).setUint16(8, 4, true)
    new DataView(end.buffer).setUint16(10, 4, true)
    new DataView(end.buffer).setUint32(12, 47 * 4, true)
    const four = concat([first.subarray(0, start), record, record, record, record, end])
    await expect(read(four)).rejects.toThrow(/lie over one another/)
  })

  it('refuses cut archives and changed data', async () => {
    const whole = zip([{ name: 'a', bytes: new Uint8Array(300).fill(9), packed: packed(new Uint8Array(300).fill(9)) }])
    for (let length = 0; length < whole.length; length += 3) {
      await expect(read(whole.subarray(0, length))).rejects.toThrow(FileFormatError)
    }
    await expect(read(zip([{ name: 'a', bytes: Uint8Array.of(1, 2), crc: 5 }]))).rejects.toThrow(/checksum/)
  })

  it('survives damaged archives', async () => {
    const text = new TextEncoder().encode('all work and no play '.repeat(40))
    const good = zip([
      { name: 'x/a', bytes: text, packed: packed(text) },
      { name: 'b', bytes: text },
    ])
    const limits = { entryBytes: 2 ** 20, totalBytes: 2 ** 22 }
    const count = await fuzz([good], 3000, (bytes) => read(bytes, limits))
    console.log(fuzzReport('zip', count))
    expect(count.refused).toBeGreaterThan(500)
  })
})
