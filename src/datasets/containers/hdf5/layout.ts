import { type Fields, type Hdf5Bytes, hdf5Error } from './bytes.js'

/** Where a data set's elements are kept. */
export type Hdf5Layout =
  | { readonly kind: 'compact'; readonly bytes: Uint8Array }
  | { readonly kind: 'contiguous'; readonly address: number; readonly size: number }
  | { readonly kind: 'chunked'; readonly index: ChunkIndex; readonly chunkShape: readonly number[] }

type ChunkIndex =
  | { readonly kind: 'tree'; readonly address: number }
  /** One chunk; `size` 0 where it has no filter. */
  | { readonly kind: 'single'; readonly address: number; readonly size: number; readonly mask: number }
  /** All chunks one after the other, without filters. */
  | { readonly kind: 'implicit'; readonly address: number }
  | { readonly kind: 'other'; readonly what: string }

/** A chunk in the file: place of its first element, bytes as packed, filters left out. */
export interface StoredChunk {
  readonly start: readonly number[]
  readonly address: number
  readonly size: number
  readonly mask: number
}

const mostChunks = 2 ** 22
const deepestTree = 32

/** Reads a data layout message, versions 1 to 4. @throws FileFormatError when it is damaged */
export function readLayout(fields: Fields): Hdf5Layout {
  const version = fields.u8()
  if (version === 1 || version === 2) return readOldLayout(fields)
  if (version !== 3 && version !== 4) throw fields.error('a data set in it has a layout of an unknown version.')
  const kind = fields.u8()
  if (kind === 0) return { kind: 'compact', bytes: fields.take(fields.u16()) }
  if (kind === 1) return { kind: 'contiguous', address: fields.address(), size: fields.length() }
  if (kind !== 2) throw fields.error('a data set in it is spread over other files, which is not read.', '')
  return version === 3 ? readChunked3(fields) : readChunked4(fields)
}

function readOldLayout(fields: Fields): Hdf5Layout {
  const rank = fields.u8()
  const kind = fields.u8()
  fields.skip(5)
  const address = kind === 0 ? 0 : fields.address()
  const sizes = Array.from({ length: rank }, () => fields.u32())
  if (kind === 0) return { kind: 'compact', bytes: fields.take(fields.u32()) }
  if (kind === 1) return { kind: 'contiguous', address, size: sizes.reduce((product, size) => product * size, 1) }
  return { kind: 'chunked', index: { kind: 'tree', address }, chunkShape: sizes.slice(0, -1) }
}

function readChunked3(fields: Fields): Hdf5Layout {
  const rank = fields.u8()
  const address = fields.address()
  const sizes = Array.from({ length: rank }, () => fields.u32())
  // the last is the size of an element
  return { kind: 'chunked', index: { kind: 'tree', address }, chunkShape: sizes.slice(0, -1) }
}

function readChunked4(fields: Fields): Hdf5Layout {
  const flags = fields.u8()
  const rank = fields.u8()
  const sizeBytes = fields.u8()
  const chunkShape = Array.from({ length: rank }, () => fields.uint(sizeBytes)).slice(0, -1)
  const kind = fields.u8()
  if (kind === 1) {
    const filtered = (flags & 2) !== 0
    const size = filtered ? fields.length() : 0
    const mask = filtered ? fields.u32() : 0
    return { kind: 'chunked', index: { kind: 'single', address: fields.address(), size, mask }, chunkShape }
  }
  if (kind === 2) return { kind: 'chunked', index: { kind: 'implicit', address: fields.address() }, chunkShape }
  const what = { 3: 'a fixed array', 4: 'an extensible array', 5: 'a tree of version 2' }[kind] ?? `index ${kind}`
  return { kind: 'chunked', index: { kind: 'other', what }, chunkShape }
}

/**
 * All chunks of a data set that are in the file.
 * @param shape     of the data set
 * @param chunkSize bytes of an unpacked chunk
 * @throws FileFormatError when the index is damaged, or of a form that only files for HDF5 1.10 and later have
 */
export async function readChunkIndex(
  file: Hdf5Bytes,
  layout: Extract<Hdf5Layout, { kind: 'chunked' }>,
  shape: readonly number[],
  chunkSize: number,
): Promise<StoredChunk[]> {
  const { index, chunkShape } = layout
  if (chunkShape.length !== shape.length || chunkShape.some((size) => size === 0)) {
    throw hdf5Error(file.name, 'the chunks of a data set do not fit its shape.')
  }
  if (index.kind === 'other') {
    throw hdf5Error(
      file.name,
      `finds the chunks of a data set by ${index.what}, which is not read.`,
      'Write it with libver="earliest", the default of h5py.',
    )
  }
  const chunks: StoredChunk[] = []
  if (!Number.isFinite(index.address)) return chunks
  if (index.kind === 'tree') await walkTree(file, index.address, shape.length, chunks, 0)
  else if (index.kind === 'single') {
    const { address, size, mask } = index
    chunks.push({ start: shape.map(() => 0), address, size: size === 0 ? chunkSize : size, mask })
  } else addImplicit(index.address, shape, chunkShape, chunkSize, chunks, file)
  return chunks
}

async function walkTree(
  file: Hdf5Bytes,
  address: number,
  rank: number,
  chunks: StoredChunk[],
  depth: number,
): Promise<void> {
  if (depth > deepestTree) throw hdf5Error(file.name, 'the index of a data set nests too deep.')
  const head = await file.piece(address, 8 + 2 * file.offsetSize)
  head.signature('TREE')
  if (head.u8() !== 1) throw head.error('the index of a data set is of another kind.')
  const level = head.u8()
  const entries = head.u16()
  const keyBytes = 8 + 8 * (rank + 1)
  const body = await file.piece(address + 8 + 2 * file.offsetSize, entries * (keyBytes + file.offsetSize))
  for (let i = 0; i < entries; i++) {
    const size = body.u32()
    const mask = body.u32()
    const start = Array.from({ length: rank }, () => body.uint(8))
    body.skip(8)
    const child = body.address()
    if (level > 0) await walkTree(file, child, rank, chunks, depth + 1)
    else chunks.push({ start, address: child, size, mask })
    if (chunks.length > mostChunks) throw hdf5Error(file.name, `a data set in it has more than ${mostChunks} chunks.`)
  }
}

function addImplicit(
  address: number,
  shape: readonly number[],
  chunkShape: readonly number[],
  chunkSize: number,
  chunks: StoredChunk[],
  file: Hdf5Bytes,
): void {
  const counts = shape.map((size, axis) => Math.ceil(size / (chunkShape[axis] as number)))
  const total = counts.reduce((product, count) => product * count, 1)
  if (total > mostChunks) throw hdf5Error(file.name, `a data set in it has more than ${mostChunks} chunks.`)
  for (let i = 0; i < total; i++) {
    let rest = i
    const start = new Array<number>(shape.length)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const count = counts[axis] as number
      start[axis] = (rest % count) * (chunkShape[axis] as number)
      rest = Math.floor(rest / count)
    }
    chunks.push({ start, address: address + i * chunkSize, size: chunkSize, mask: 0 })
  }
}
