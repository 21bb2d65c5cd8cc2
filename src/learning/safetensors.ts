/**
 * The safetensors format: an 8-byte little-endian header length, a JSON header, raw tensor bytes. Only f32 is written;
 * a file is read as hostile: every length is checked before anything is allocated.
 */
import { CheckpointError } from '../errors.js'

export interface NamedTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, NamedTensor>
  readonly metadata: Readonly<Record<string, string>>
}

const headerCap = 64 * 2 ** 20

/**
 * Bytes of a safetensors file; tensors in the order given, header padded to 8 bytes. The same input gives the same bytes.
 * @throws CheckpointError when a tensor has the name that the format keeps for metadata
 */
export function encodeSafetensors({ tensors, metadata }: TensorFile): Uint8Array {
  const header = new Map<string, unknown>([['__metadata__', metadata]])
  let offset = 0
  for (const [name, { shape, data }] of tensors) {
    if (name === '__metadata__')
      throw new CheckpointError('safetensors', 'no tensor may be named __metadata__.', 'Rename it.')
    header.set(name, { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] })
    offset += data.byteLength
  }
  // fromEntries keeps even a name like __proto__ as an ordinary key
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)))
  const headerLength = Math.ceil(text.length / 8) * 8
  const bytes = new Uint8Array(8 + headerLength + offset).fill(0x20, 8, 8 + headerLength)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true)
  bytes.set(text, 8)
  let at = 8 + headerLength
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return bytes
}

/** @throws CheckpointError naming what is wrong with the file */
export function decodeSafetensors(bytes: Uint8Array, where: string): TensorFile {
  const fail = (what: string): never => {
    throw new CheckpointError(where, what, 'The file is damaged or not a checkpoint.')
  }
  if (bytes.length < 8) fail(`must have at least 8 bytes; got ${bytes.length}.`)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))
  if (length > headerCap || 8 + length > bytes.length)
    fail(`names a header of ${length} bytes in a file of ${bytes.length}.`)
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)))
  } catch {
    fail('has a header that is not JSON.')
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    fail('has a header that is not an object.')
  const body = bytes.subarray(8 + length)
  const tensors = new Map<string, NamedTensor>()
  const metadata: [string, string][] = []
  let claimed = 0
  for (const [name, entry] of Object.entries(header as Record<string, unknown>)) {
    if (name === '__metadata__') {
      for (const [key, value] of Object.entries((entry ?? {}) as Record<string, unknown>))
        if (typeof value === 'string') metadata.push([key, value])
      continue
    }
    const {
      dtype,
      shape,
      data_offsets: range,
    } = (entry ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown }
    if (dtype !== 'F32') fail(`has a tensor ${name} of type ${String(dtype)}; F32 is read.`)
    const whole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0
    if (!Array.isArray(shape) || !shape.every(whole)) return fail(`has a tensor ${name} without a shape.`)
    if (!Array.isArray(range) || range.length !== 2 || !range.every(whole))
      return fail(`has a tensor ${name} without offsets.`)
    const [begin, end] = range as [number, number]
    const elements = (shape as number[]).reduce((product, size) => product * size, 1)
    if (begin > end || end > body.length || end - begin !== elements * 4)
      fail(`has a tensor ${name} whose bytes ${begin}..${end} do not hold [${shape}].`)
    // tensors that share bytes would let a small file ask for any amount of memory
    claimed += end - begin
    if (claimed > body.length) fail(`has tensors that overlap: they claim ${claimed} of ${body.length} bytes.`)
    // copied, because the file's offset need not be a multiple of four; not by slice(), which for a Buffer is no copy
    tensors.set(name, {
      shape: shape as number[],
      data: new Float32Array(new Uint8Array(body.subarray(begin, end)).buffer),
    })
  }
  return { tensors, metadata: Object.fromEntries(metadata) }
}
