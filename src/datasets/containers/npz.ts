import type { ArchiveLimits } from '../../archives/guard.js'
import { zipEntries } from '../../archives/zip.js'
import { FileFormatError } from '../../errors.js'
import { type ByteSource, bytesSource } from '../events/byte-source.js'
import { type NpyArray, readNpy } from './npy.js'

/**
 * Opens an NPZ archive: arrays by name, each read when it is asked for.
 * @throws FileFormatError when it is no zip archive, damaged, or has two arrays of one name
 */
export async function openNpz(source: ByteSource, limits: ArchiveLimits = {}): Promise<NpzFile> {
  const members = new Map<string, () => Promise<Uint8Array>>()
  for (const entry of await zipEntries(source, limits)) {
    if (!entry.path.endsWith('.npy')) continue
    const name = entry.path.slice(0, -'.npy'.length)
    if (members.has(name)) throw new FileFormatError(source.name, `has two arrays named ${name}.`, 'Save it again.')
    members.set(name, () => entry.bytes())
  }
  return new NpzFile(source.name, members)
}

/** Reads all arrays of an NPZ archive. @throws FileFormatError as `openNpz` and `readNpy` */
export async function readNpz(source: ByteSource, limits: ArchiveLimits = {}): Promise<ReadonlyMap<string, NpyArray>> {
  const file = await openNpz(source, limits)
  const arrays = new Map<string, NpyArray>()
  for (const name of file.names) arrays.set(name, await file.array(name))
  return arrays
}

/** An opened NPZ archive. */
export class NpzFile {
  constructor(
    private readonly fileName: string,
    private readonly members: ReadonlyMap<string, () => Promise<Uint8Array>>,
  ) {}

  get names(): readonly string[] {
    return [...this.members.keys()]
  }

  /** One array as a source, to be walked with `openNpy`. @throws FileFormatError when there is none of this name */
  async source(name: string): Promise<ByteSource> {
    const member = this.members.get(name)
    if (member) return bytesSource(`${this.fileName}: ${name}`, await member())
    const names = this.names.slice(0, 20).join(', ') || 'none'
    throw new FileFormatError(this.fileName, `has no array "${name}"; it has ${names}.`, 'Check the name.')
  }

  /** @throws FileFormatError when there is none of this name, or it is damaged */
  async array(name: string): Promise<NpyArray> {
    return readNpy(await this.source(name))
  }
}
