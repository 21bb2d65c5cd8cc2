import { type Fields, type Hdf5Bytes, hdf5Error } from './bytes.js'

/** One message of an object's header. */
export interface Hdf5Message {
  readonly type: number
  readonly fields: Fields
}

export const messageType = {
  dataspace: 0x1,
  linkInfo: 0x2,
  datatype: 0x3,
  fillValue: 0x5,
  link: 0x6,
  layout: 0x8,
  filters: 0xb,
  continuation: 0x10,
  symbolTable: 0x11,
} as const

const mostMessages = 4096
const mostBlocks = 256

/**
 * The messages of an object's header, versions 1 and 2, continued blocks included; a message that is shared with another
 * object is fetched from there.
 * @param isTarget the object is asked for a message that another shares with it; that one cannot be shared again
 * @throws FileFormatError when it is damaged
 */
export async function readMessages(file: Hdf5Bytes, address: number, isTarget = false): Promise<Hdf5Message[]> {
  const messages: Hdf5Message[] = []
  const blocks: Fields[] = []
  const start = await file.piece(address, 16)
  const isNew = start.bytes[0] === 0x4f
  let creationOrder = false
  if (isNew) {
    start.signature('OHDR')
    if (start.u8() !== 2) throw start.error('an object in it has an unknown version.')
    const flags = start.u8()
    creationOrder = (flags & 4) !== 0
    const prefix = 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0)
    const sizeBytes = 2 ** (flags & 3)
    const sizeField = await file.piece(address + prefix, sizeBytes)
    blocks.push(await file.piece(address + prefix + sizeBytes, sizeField.uint(sizeBytes)))
  } else {
    if (start.u8() !== 1) throw start.error(`there is no object at ${address}.`)
    start.skip(7)
    blocks.push(await file.piece(address + 16, start.u32()))
  }
  for (const block of blocks) {
    while (block.left >= (isNew ? 4 : 8)) {
      const message = nextMessage(block, isNew, creationOrder)
      if (message.type === messageType.continuation) {
        const [at, length] = [message.fields.address(), message.fields.length()]
        if (blocks.length >= mostBlocks) throw hdf5Error(file.name, 'an object in it has no end.')
        blocks.push(await continued(file, at, length, isNew))
      } else if (message.shared && !isTarget) messages.push(await sharedMessage(file, message))
      else messages.push(message)
      if (messages.length > mostMessages) throw hdf5Error(file.name, 'an object in it has too many messages.')
    }
  }
  return messages
}

function nextMessage(block: Fields, isNew: boolean, creationOrder: boolean) {
  const type = isNew ? block.u8() : block.u16()
  const size = block.u16()
  const flags = block.u8()
  block.skip(isNew ? (creationOrder ? 2 : 0) : 3)
  return { type, shared: (flags & 2) !== 0, fields: block.fields(size) }
}

async function continued(file: Hdf5Bytes, address: number, length: number, isNew: boolean): Promise<Fields> {
  if (!isNew) return file.piece(address, length)
  const whole = await file.piece(address, length)
  whole.signature('OCHK')
  // four bytes of checksum at the end
  return whole.fields(Math.max(0, length - 8))
}

/** Only types are shared in practice: by a committed type, whose own header holds the message. */
async function sharedMessage(file: Hdf5Bytes, { type, fields }: Hdf5Message): Promise<Hdf5Message> {
  const version = fields.u8()
  const kind = fields.u8()
  if (version === 3 && kind === 1) throw fields.error('it keeps shared messages in a heap, which is not read.', '')
  if (version === 1) fields.skip(6)
  const address = fields.address()
  const found = (await readMessages(file, address, true)).find((message) => message.type === type)
  if (!found) throw fields.error('a shared part of it is missing.')
  return found
}

/** The first message of a type. */
export const messageOf = (messages: readonly Hdf5Message[], type: number): Fields | null =>
  messages.find((message) => message.type === type)?.fields ?? null
