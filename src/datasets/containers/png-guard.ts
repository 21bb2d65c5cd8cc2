import { Unzlib } from 'fflate'
import { joinBytes } from '../../archives/join-bytes.js'
import { FileFormatError } from '../../errors.js'

/** Chunks that pixels depend on; all others are left out, among them compressed ones of any unpacked size. */
const needed = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND'])
const signatureBytes = 8
/** Packed bytes given to the unpacker at once: they can become at most 16 MiB. */
const pushBytes = 2 ** 14
/** Bytes that deflate can make of one. */
const largestRatio = 1032
/** Pixel data up to this size need not be counted before they are unpacked. */
const harmlessBytes = 2 ** 26

/**
 * A PNG picture reduced to the chunks that matter, after checking that its pixel data unpack to no more than its size
 * demands: the decoder unpacks first and looks at the size afterwards.
 *
 * @throws FileFormatError when a chunk is cut or the pixel data are too long
 */
export function safePng(bytes: Uint8Array, fileName: string): Uint8Array {
  const kept: Uint8Array[] = [bytes.subarray(0, signatureBytes)]
  const data: Uint8Array[] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let type = ''
  for (let at = signatureBytes; type !== 'IEND'; ) {
    const end = at + 12 <= bytes.length ? at + 12 + view.getUint32(at) : Number.POSITIVE_INFINITY
    if (end > bytes.length) throw new FileFormatError(fileName, 'this PNG is cut within a chunk.', 'Fetch it again.')
    type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    if (needed.has(type)) kept.push(bytes.subarray(at, end))
    if (type === 'IDAT') data.push(bytes.subarray(at + 8, end - 4))
    at = end
  }
  checkUnpackedSize(data, pixelDataBytes(bytes), fileName)
  return joinBytes(kept)
}

/** Most bytes that the pixel data may have: a row has a filter byte and whole bytes; interlacing adds less than as much. */
function pixelDataBytes(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const [width, height, depth] = [view.getUint32(16), view.getUint32(20), view.getUint8(24)]
  const values = [1, 1, 3, 1, 2, 1, 4][view.getUint8(25)] ?? 4
  const interlaced = view.getUint8(28) !== 0
  const plain = height * (1 + Math.ceil((width * depth * values) / 8))
  return interlaced ? plain + 16 * (width + height) + 64 : plain
}

function checkUnpackedSize(data: readonly Uint8Array[], allowed: number, fileName: string): void {
  const packed = data.reduce((sum, chunk) => sum + chunk.length, 0)
  if (packed * largestRatio <= harmlessBytes) return
  let unpacked = 0
  const counter = new Unzlib((chunk) => {
    unpacked += chunk.length
  })
  for (const chunk of data) {
    for (let at = 0; at < chunk.length; at += pushBytes) {
      try {
        counter.push(chunk.subarray(at, at + pushBytes))
      } catch (cause) {
        throw new FileFormatError(fileName, 'the pixel data of this PNG are damaged.', 'Fetch it again.', { cause })
      }
      if (unpacked > allowed) {
        throw new FileFormatError(
          fileName,
          `its size demands ${allowed} bytes of pixel data at most; they unpack to more.`,
          'It looks like a picture made to fill memory: leave it out.',
        )
      }
    }
  }
}
