/** Groups of many links: names sorted in a tree of version 2, the links themselves in a fractal heap. */
import { type Fields, type Hdf5Bytes, hdf5Error } from './bytes.js'

const mostLinks = 2 ** 20
const deepest = 16
/** Signature, version and type of a node, and its checksum. */
const nodeFrame = 10

/**
 * The link messages of a group that keeps them in a heap.
 * @throws FileFormatError when heap or tree are damaged
 */
export async function readDenseLinks(file: Hdf5Bytes, heapAddress: number, treeAddress: number): Promise<Fields[]> {
  const heap = await openHeap(file, heapAddress)
  const links: Fields[] = []
  for (const record of await treeRecords(file, treeAddress)) {
    // a hash of the name, then where the link lies
    record.skip(4)
    links.push(await heapObject(file, heap, record))
  }
  return links
}

async function treeRecords(file: Hdf5Bytes, address: number): Promise<Fields[]> {
  const head = await file.piece(address, 16 + file.offsetSize + 2 + file.lengthSize)
  head.signature('BTHD')
  head.skip(2)
  const [nodeBytes, recordBytes, depth] = [head.u32(), head.u16(), head.u16()]
  head.skip(2)
  const [root, count] = [head.address(), head.u16()]
  if (depth > deepest || recordBytes < 5 || nodeBytes < nodeFrame + recordBytes) {
    throw head.error('the tree of a group is damaged.')
  }
  const records: Fields[] = []
  if (!Number.isFinite(root)) return records
  // how many bytes say the number of records below a node, level by level
  const mostInLeaf = Math.floor((nodeBytes - nodeFrame) / recordBytes)
  const countBytes = bytesFor(mostInLeaf)
  const totalBytes = [0]
  let below = mostInLeaf
  for (let level = 1; level < depth; level++) {
    const pointer = file.offsetSize + countBytes + (totalBytes[level - 1] as number)
    const most = Math.floor((nodeBytes - nodeFrame - pointer) / (recordBytes + pointer))
    below = (most + 1) * below + most
    totalBytes.push(bytesFor(below))
  }
  const walk = async (at: number, size: number, level: number): Promise<void> => {
    const node = await file.piece(at, nodeBytes)
    node.signature(level === 0 ? 'BTLF' : 'BTIN')
    node.skip(2)
    for (let i = 0; i < size; i++) records.push(node.fields(recordBytes))
    if (records.length > mostLinks) throw node.error(`a group in it has more than ${mostLinks} links.`)
    if (level === 0) return
    for (let i = 0; i <= size; i++) {
      const child = node.address()
      const childSize = node.uint(countBytes)
      node.skip(totalBytes[level - 1] as number)
      await walk(child, childSize, level - 1)
    }
  }
  await walk(root, count, depth)
  return records
}

const bytesFor = (value: number): number => Math.floor(Math.log2(Math.max(1, value)) / 8) + 1

type Heap = Awaited<ReturnType<typeof openHeap>>

async function openHeap(file: Hdf5Bytes, address: number) {
  const { offsetSize, lengthSize } = file
  const head = await file.piece(address, 22 + 12 * lengthSize + 3 * offsetSize)
  head.signature('FRHP')
  head.skip(1)
  const [idBytes, filterBytes] = [head.u16(), head.u16()]
  if (filterBytes > 0) throw head.error('a group in it keeps its links compressed, which is not read.', '')
  head.skip(1 + 4 + lengthSize + offsetSize + lengthSize + offsetSize + 8 * lengthSize)
  const width = head.u16()
  const [startBytes, largestDirect] = [head.length(), head.length()]
  const offsetBits = head.u16()
  head.skip(2)
  const [root, rows] = [head.address(), head.u16()]
  if (width === 0 || startBytes === 0 || largestDirect < startBytes || offsetBits > 64) {
    throw head.error('the heap of a group is damaged.')
  }
  return { idBytes, width, startBytes, largestDirect, offsetBytes: Math.ceil(offsetBits / 8), root, rows }
}

async function heapObject(file: Hdf5Bytes, heap: Heap, id: Fields): Promise<Fields> {
  const kind = (id.u8() >> 4) & 3
  if (kind !== 0) throw hdf5Error(file.name, 'a group in it has a link of a length that is not read.')
  const offset = id.uint(heap.offsetBytes)
  const length = id.uint(heap.idBytes - 1 - heap.offsetBytes)
  if (heap.rows === 0) return file.piece(heap.root + offset, length)
  return inIndirect(file, heap, heap.root, heap.rows, offset, length, 0)
}

/** Blocks stand in rows of `width`, those of the first two rows of the first size and each later row of twice the size. */
async function inIndirect(
  file: Hdf5Bytes,
  heap: Heap,
  address: number,
  rows: number,
  offset: number,
  length: number,
  depth: number,
): Promise<Fields> {
  const { width, startBytes, largestDirect } = heap
  if (depth > deepest || rows > 64) throw hdf5Error(file.name, 'the heap of a group nests too deep.')
  const prefix = 5 + file.offsetSize + heap.offsetBytes
  const node = await file.piece(address, prefix + rows * width * file.offsetSize)
  node.signature('FHIB')
  let start = 0
  for (let row = 0; row < rows; row++) {
    const size = row < 2 ? startBytes : startBytes * 2 ** (row - 1)
    if (offset >= start + size * width) {
      start += size * width
      continue
    }
    const column = Math.floor((offset - start) / size)
    node.at = Math.min(node.bytes.length, prefix + (row * width + column) * file.offsetSize)
    const child = node.address()
    const inside = offset - start - column * size
    if (size <= largestDirect) return file.piece(child + inside, length)
    const childRows = Math.log2(size) - Math.log2(startBytes * width) + 1
    return inIndirect(file, heap, child, childRows, inside, length, depth + 1)
  }
  throw hdf5Error(file.name, 'a link of a group lies outside its heap.')
}
