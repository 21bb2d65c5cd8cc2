/**
 * HDF5 files, as far as data sets and exchanged networks use them: superblocks 0 to 3, groups, numbers of every size with
 * half floats, texts, records, lists of differing length; stored whole or in chunks with deflate, shuffle, LZF and
 * checksums. Read by random access under caps, in Node and in a page, with no compiled library: that one reads a dropped
 * file as a whole into memory, refuses half floats, and is led out of bounds by damaged files.
 *
 * After the HDF5 File Format Specification, version 3.0.
 */
import { FileFormatError } from '../../errors.js'
import type { ByteSource } from '../events/byte-source.js'
import { type Fields, Hdf5Bytes, hdf5Error } from './hdf5/bytes.js'
import { Hdf5Dataset } from './hdf5/dataset.js'
import { readDatatype } from './hdf5/datatype.js'
import { readFilters } from './hdf5/filters.js'
import { GlobalHeap } from './hdf5/global-heap.js'
import { readLayout } from './hdf5/layout.js'
import { type Hdf5Link, readLinks } from './hdf5/links.js'
import { type Hdf5Message, messageOf, messageType, readMessages } from './hdf5/object-header.js'

export { Hdf5Dataset } from './hdf5/dataset.js'
export type { Hdf5Values } from './hdf5/values.js'

export interface Hdf5Options {
  /** Most pieces of structure that are read, against files that lead in circles; default 4,000,000. */
  readonly pieces?: number
}

/** A group: names that lead to groups and data sets. */
export class Hdf5Group {
  constructor(readonly links: ReadonlyMap<string, Hdf5Link>) {}

  get names(): readonly string[] {
    return [...this.links.keys()]
  }
}

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
const mostSteps = 64

/** Whether a file begins as HDF5 does; in one with a block of the user's in front that block hides it. */
export const isHdf5 = (head: Uint8Array): boolean => signature.every((byte, i) => head[i] === byte)

/**
 * Opens an HDF5 file.
 * @throws FileFormatError when it is none, or damaged
 */
export async function openHdf5(source: ByteSource, options: Hdf5Options = {}): Promise<Hdf5File> {
  const bytes = new Hdf5Bytes(source, options.pieces ?? 4_000_000)
  // a block of the user's own may stand before the superblock, of 512 bytes or a power of two times that
  for (let at = 0; at + 64 <= source.size; at = at === 0 ? 512 : 2 * at) {
    if (!isHdf5(await source.read(at, 8))) continue
    return new Hdf5File(bytes, await readSuperblock(bytes, at))
  }
  throw new FileFormatError(source.name, 'must be an HDF5 file; it has no superblock.', 'Check that it is one.')
}

/** @returns the address of the root group's header */
async function readSuperblock(file: Hdf5Bytes, at: number): Promise<number> {
  const fields = await file.piece(at, Math.min(96, file.source.size - at))
  fields.skip(8)
  const version = fields.u8()
  const isOld = version <= 1
  if (version > 3) throw hdf5Error(file.name, `has a superblock of version ${version}; 0 to 3 are read.`)
  if (isOld) fields.skip(4)
  const [offsetSize, lengthSize] = [fields.u8(), fields.u8()]
  if (![2, 4, 8].includes(offsetSize) || ![2, 4, 8].includes(lengthSize)) {
    throw hdf5Error(file.name, `has addresses of ${offsetSize} and lengths of ${lengthSize} bytes.`)
  }
  file.offsetSize = offsetSize
  file.lengthSize = lengthSize
  fields.skip(isOld ? (version === 1 ? 13 : 9) : 1)
  file.base = fields.address()
  fields.address()
  const end = fields.address()
  if (!(end <= file.source.size)) throw hdf5Error(file.name, `should have ${end} bytes; it has ${file.source.size}.`)
  if (isOld) {
    fields.address()
    fields.uint(offsetSize)
  }
  return fields.address()
}

/** An opened HDF5 file. Objects are found by paths such as `spikes/times`. */
export class Hdf5File {
  private readonly heap: GlobalHeap

  constructor(
    private readonly bytes: Hdf5Bytes,
    private readonly root: number,
  ) {
    this.heap = new GlobalHeap(bytes)
  }

  get name(): string {
    return this.bytes.name
  }

  /**
   * The group or data set at a path; `/` is the root. Soft links within the file are followed.
   * @returns null when there is nothing
   * @throws FileFormatError when it is damaged or of a kind that is not read
   */
  async find(path: string): Promise<Hdf5Group | Hdf5Dataset | null> {
    let parts = path.split('/').filter((part) => part !== '')
    let object = await this.object(this.root, '/')
    let walked: string[] = []
    for (let steps = 0; parts.length > 0; steps++) {
      if (steps > mostSteps) throw hdf5Error(this.name, 'its links lead in circles.')
      const [part, ...rest] = parts as [string, ...string[]]
      const link = object instanceof Hdf5Group ? object.links.get(part) : undefined
      if (link === undefined) return null
      parts = rest
      if ('address' in link) {
        walked.push(part)
        object = await this.object(link.address, walked.join('/'))
        continue
      }
      const target = link.path.split('/').filter((step) => step !== '' && step !== '.')
      parts = [...(link.path.startsWith('/') ? [] : walked), ...target, ...rest]
      walked = []
      object = await this.object(this.root, '/')
    }
    return object
  }

  /** @throws FileFormatError when there is no group at the path */
  async group(path: string): Promise<Hdf5Group> {
    const found = await this.find(path)
    if (found instanceof Hdf5Group) return found
    throw this.missing(path, 'group')
  }

  /** @throws FileFormatError when there is no data set at the path */
  async dataset(path: string): Promise<Hdf5Dataset> {
    const found = await this.find(path)
    if (found instanceof Hdf5Dataset) return found
    throw this.missing(path, 'data set')
  }

  private missing(path: string, what: string): FileFormatError {
    return new FileFormatError(
      this.name,
      `must have a ${what} ${path}; it has none.`,
      'Check that it is the right file.',
    )
  }

  private async object(address: number, path: string): Promise<Hdf5Group | Hdf5Dataset> {
    const messages = await readMessages(this.bytes, address)
    const layout = messageOf(messages, messageType.layout)
    if (layout) return this.asDataset(messages, layout, path)
    const links = await readLinks(this.bytes, messages)
    if (links) return new Hdf5Group(links)
    // a type that was given a name: nothing to see inside
    return new Hdf5Group(new Map())
  }

  private asDataset(messages: readonly Hdf5Message[], layout: Fields, path: string): Hdf5Dataset {
    const type = messageOf(messages, messageType.datatype)
    const space = messageOf(messages, messageType.dataspace)
    if (!type || !space) throw hdf5Error(this.name, `the data set ${path} has no type or shape.`)
    const filters = messageOf(messages, messageType.filters)
    const fill = messageOf(messages, messageType.fillValue)
    return new Hdf5Dataset(this.bytes, this.heap, {
      path,
      shape: readShape(space),
      type: readDatatype(type),
      layout: readLayout(layout),
      filters: filters ? readFilters(filters) : [],
      fill: fill ? readFill(fill) : null,
    })
  }
}

function readShape(fields: Fields): number[] {
  const version = fields.u8()
  const rank = fields.u8()
  fields.skip(version === 1 ? 6 : 1)
  const kind = version === 1 ? 1 : fields.u8()
  if (version !== 1 && version !== 2) throw fields.error('a shape in it has an unknown version.')
  // of kind 2 there are no elements at all
  if (kind === 2) return [0]
  const shape = Array.from({ length: rank }, () => fields.length())
  if (rank > 32 || !Number.isSafeInteger(shape.reduce((product, size) => product * Math.max(1, size), 1))) {
    throw fields.error(`a data set in it cannot have the shape ${shape.slice(0, 8).join(' x ')}.`)
  }
  return shape
}

function readFill(fields: Fields): Uint8Array | null {
  const version = fields.u8()
  if (version === 3) return fields.u8() & 0x20 ? fields.take(fields.u32()) : null
  fields.skip(2)
  const defined = fields.u8() !== 0
  return (version === 1 || defined) && fields.left >= 4 ? fields.take(fields.u32()) : null
}
