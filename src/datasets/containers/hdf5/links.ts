import { type Fields, type Hdf5Bytes, hdf5Error } from './bytes.js'
import { readDenseLinks } from './dense-links.js'
import { type Hdf5Message, messageOf, messageType } from './object-header.js'

/** Where a name in a group leads: an object's address, or another path. */
export type Hdf5Link = { readonly address: number } | { readonly path: string }

const mostLinks = 2 ** 20
const deepestTree = 16

/**
 * The names in a group, by its header's messages: a symbol table, or link messages there or in a heap of their own.
 * @returns null when the object is no group
 * @throws FileFormatError when it is damaged
 */
export async function readLinks(
  file: Hdf5Bytes,
  messages: readonly Hdf5Message[],
): Promise<Map<string, Hdf5Link> | null> {
  const links = new Map<string, Hdf5Link>()
  const table = messageOf(messages, messageType.symbolTable)
  const info = messageOf(messages, messageType.linkInfo)
  if (table) {
    const tree = table.address()
    const heap = await localHeap(file, table.address())
    await symbolNodes(file, tree, heap, links, 0)
    return links
  }
  for (const { type, fields } of messages) if (type === messageType.link) addLink(fields, links)
  if (info) {
    info.skip(1)
    if (info.u8() & 1) info.skip(8)
    const [heap, tree] = [info.address(), info.address()]
    if (Number.isFinite(heap)) for (const link of await readDenseLinks(file, heap, tree)) addLink(link, links)
  }
  return info || links.size > 0 ? links : null
}

function addLink(fields: Fields, links: Map<string, Hdf5Link>): void {
  if (fields.u8() !== 1) throw fields.error('a link in it has an unknown version.')
  const flags = fields.u8()
  const kind = flags & 8 ? fields.u8() : 0
  if (flags & 4) fields.skip(8)
  if (flags & 0x10) fields.skip(1)
  const name = new TextDecoder().decode(fields.take(fields.uint(2 ** (flags & 3))))
  if (kind === 0) links.set(name, { address: fields.address() })
  else if (kind === 1) links.set(name, { path: new TextDecoder().decode(fields.take(fields.u16())) })
  // a link to another file is left out: nothing beyond this file is read
}

/** The bytes of a group's names. */
async function localHeap(file: Hdf5Bytes, address: number): Promise<Fields> {
  const head = await file.piece(address, 8 + 2 * file.lengthSize + file.offsetSize)
  head.signature('HEAP')
  head.skip(4)
  const size = head.length()
  head.length()
  return file.piece(head.address(), size)
}

async function symbolNodes(
  file: Hdf5Bytes,
  address: number,
  heap: Fields,
  links: Map<string, Hdf5Link>,
  depth: number,
): Promise<void> {
  if (depth > deepestTree) throw hdf5Error(file.name, 'a group in it nests too deep.')
  const head = await file.piece(address, 8 + 2 * file.offsetSize)
  if (String.fromCharCode(...head.bytes.subarray(0, 4)) === 'SNOD') return symbols(file, address, heap, links)
  head.signature('TREE')
  if (head.u8() !== 0) throw head.error('the tree of a group is of another kind.')
  head.skip(1)
  const entries = head.u16()
  const { offsetSize, lengthSize } = file
  const body = await file.piece(address + 8 + 2 * offsetSize, entries * (offsetSize + lengthSize) + lengthSize)
  for (let i = 0; i < entries; i++) {
    body.length()
    await symbolNodes(file, body.address(), heap, links, depth + 1)
  }
}

async function symbols(file: Hdf5Bytes, address: number, heap: Fields, links: Map<string, Hdf5Link>): Promise<void> {
  const head = await file.piece(address, 8)
  head.skip(6)
  const count = head.u16()
  const entry = 2 * file.offsetSize + 24
  const body = await file.piece(address + 8, count * entry)
  for (let i = 0; i < count; i++) {
    heap.at = Math.min(heap.bytes.length, body.uint(file.offsetSize))
    const name = heap.text()
    const target = body.address()
    const cache = body.u32()
    body.skip(4)
    const scratch = body.fields(16)
    if (cache === 2) {
      heap.at = Math.min(heap.bytes.length, scratch.u32())
      links.set(name, { path: heap.text() })
    } else links.set(name, { address: target })
    if (links.size > mostLinks) throw hdf5Error(file.name, `a group in it has more than ${mostLinks} links.`)
  }
}
