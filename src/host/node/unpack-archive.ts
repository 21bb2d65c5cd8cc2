/** Archives of many files: small ones unpacked into memory, large ones into a folder, once. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { ArchiveBytes } from '../../archives/entries.js'
import type { ArchiveLimits } from '../../archives/guard.js'
import { archiveEntries } from '../../archives/open-archive.js'
import type { PlacedFile } from '../../datasets/samples/file-tree.js'
import { onDisk } from './disk.js'
import { fileSource } from './file-source.js'
import { filesAt } from './folder-tree.js'

/** Unpacked bytes up to which an archive is held in memory. */
export const memoryLimit = 256 * 1024 * 1024
/** Caps on an archive, in bytes: a file passes through memory, all together must fit on a disk. */
const limits: ArchiveLimits = { entryBytes: 2 ** 31 - 1, totalBytes: 2 ** 38 }
const nested = /\.(zip|tar|tgz|tar\.gz)$/i

/**
 * The files in an archive, with the paths that they have in it. Nothing is written outside `folder`: the archive reader
 * refuses paths that climb, absolute ones and links.
 *
 * @param identity changes when the archive does
 * @param folder   where large archives are unpacked
 * @param depth    how deep archives in archives are opened
 * @throws FileFormatError when the archive is damaged or exceeds a cap; nothing of it is kept then
 */
export async function unpackedFiles(
  path: string,
  identity: string,
  folder: string,
  depth: number,
): Promise<readonly PlacedFile[]> {
  const name = createHash('sha256').update(identity).digest('hex').slice(0, 16)
  const target = join(folder, `${basename(path)}-${name}`)
  const there = await stat(target).catch(() => null)
  if (there?.isDirectory()) return filesAt(target)
  const inMemory = await intoMemory(path, depth)
  if (inMemory) return inMemory
  await intoFolder(path, target, depth)
  return filesAt(target)
}

async function withSource<T>(path: string, use: (source: ArchiveBytes) => Promise<T>): Promise<T> {
  const source = await fileSource(path)
  try {
    return await use(source)
  } finally {
    await source.close()
  }
}

/** All files in memory; null when they are too large together. */
async function intoMemory(path: string, depth: number): Promise<readonly PlacedFile[] | null> {
  return withSource(path, async (source) => {
    const found: PlacedFile[] = []
    let held = source.size
    // packed far beyond the limit: no use in trying
    if (held > memoryLimit) return null
    for await (const { path: inside, bytes } of filesIn(source, depth)) {
      held += bytes.length
      if (held > memoryLimit) return null
      found.push({ path: inside, size: bytes.length, place: { kind: 'bytes', name: `${path}: ${inside}`, bytes } })
    }
    return found
  })
}

/** Unpacks beside the target first, so that the target is there whole or not at all. */
async function intoFolder(path: string, target: string, depth: number): Promise<void> {
  const temporary = `${target}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  try {
    await withSource(path, async (source) => {
      for await (const { path: inside, bytes } of filesIn(source, depth)) {
        const file = join(temporary, inside)
        await onDisk(file, 'write', async () => {
          await mkdir(dirname(file), { recursive: true })
          await writeFile(file, bytes, { flag: 'wx' })
        })
      }
    })
    await onDisk(target, 'write', async () => {
      await rename(temporary, target).catch(async (error: unknown) => {
        // another process was faster and has put the same files there
        if (!(await stat(target).catch(() => null))) throw error
      })
    })
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

interface UnpackedFile {
  readonly path: string
  readonly bytes: Uint8Array
}

async function* filesIn(source: ArchiveBytes, depth: number): AsyncGenerator<UnpackedFile, void, undefined> {
  for await (const entry of archiveEntries(source, limits)) {
    const bytes = await entry.bytes()
    if (depth > 1 && nested.test(entry.path)) {
      const inner = { name: `${source.name}: ${entry.path}`, size: bytes.length, read: readFrom(bytes) }
      yield* filesIn(inner, depth - 1)
    } else yield { path: entry.path, bytes }
  }
}

const readFrom =
  (bytes: Uint8Array): ArchiveBytes['read'] =>
  async (offset, length) =>
    bytes.subarray(offset, offset + length)
