/** HDF5 files made byte by byte: superblock 2, objects of version 2, half floats and lists of differing length. */
import { concat } from '../../archives/packed.js'

const bytes = (...fields: readonly (readonly [size: 1 | 2 | 3 | 4 | 8, value: number])[]): Uint8Array => {
  const out = new Uint8Array(fields.reduce((sum, [size]) => sum + size, 0))
  let at = 0
  for (const [size, value] of fields) {
    let rest = value
    for (let i = 0; i < size; i++) {
      out[at++] = rest === Number.POSITIVE_INFINITY ? 0xff : rest % 256
      rest = rest === Number.POSITIVE_INFINITY ? rest : Math.floor(rest / 256)
    }
  }
  return out
}
const text = (value: string) => new TextEncoder().encode(value)

export const halfFloatType = concat([
  bytes([1, 0x11], [1, 0x20], [1, 15], [1, 0], [4, 2]),
  bytes([2, 0], [2, 16], [1, 10], [1, 5], [1, 0], [1, 10], [4, 15]),
])
export const integerType = (size: number, signed = false) =>
  concat([bytes([1, 0x10], [3, signed ? 8 : 0], [4, size]), bytes([2, 0], [2, 8 * size])])
/** Lists of differing length; of characters where `isText`. */
export const variableType = (of: Uint8Array, isText = false) =>
  concat([bytes([1, 0x19], [3, isText ? 1 : 0], [4, 16]), of])

/** Puts objects one after another into a file; addresses are those that they were put at. */
export class Hdf5Writer {
  private readonly parts: Uint8Array[] = [new Uint8Array(48)]
  private at = 48

  put(data: Uint8Array): number {
    const address = this.at
    const padded = concat([data, new Uint8Array((8 - (data.length % 8)) % 8)])
    this.parts.push(padded)
    this.at += padded.length
    return address
  }

  private object(messages: readonly (readonly [type: number, data: Uint8Array])[]): number {
    const body = concat(messages.map(([type, data]) => concat([bytes([1, type], [2, data.length], [1, 0]), data])))
    return this.put(concat([text('OHDR'), bytes([1, 2], [1, 2], [4, body.length]), body, bytes([4, 0])]))
  }

  dataset(shape: readonly number[], type: Uint8Array, data: Uint8Array): number {
    const space = concat([
      bytes([1, 2], [1, shape.length], [1, 0], [1, shape.length === 0 ? 0 : 1]),
      ...shape.map((size) => bytes([8, size])),
    ])
    const layout = bytes([1, 3], [1, 1], [8, this.put(data)], [8, data.length])
    return this.object([
      [0x1, space],
      [0x3, type],
      [0x8, layout],
    ])
  }

  /** @param lists bytes of each list, with its number of elements */
  lists(
    type: Uint8Array,
    lists: readonly { readonly count: number; readonly data: Uint8Array }[],
    isText = false,
  ): number {
    const objects = lists.map(({ data }, i) =>
      concat([bytes([2, i + 1], [2, 1], [4, 0], [8, data.length]), data, new Uint8Array((8 - (data.length % 8)) % 8)]),
    )
    const body = concat(objects)
    const heap = this.put(concat([text('GCOL'), bytes([1, 1], [3, 0], [8, 16 + body.length]), body]))
    const pointers = concat(lists.map(({ count }, i) => bytes([4, count], [8, heap], [4, i + 1])))
    return this.dataset([lists.length], variableType(type, isText), pointers)
  }

  group(links: Readonly<Record<string, number>>): number {
    const messages = Object.entries(links).map(([name, address]) => {
      const encoded = text(name)
      return [0x6, concat([bytes([1, 1], [1, 0], [1, encoded.length]), encoded, bytes([8, address])])] as const
    })
    return this.object(messages)
  }

  file(root: number): Uint8Array {
    const whole = concat(this.parts)
    const superblock = concat([
      Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a),
      bytes(
        [1, 2],
        [1, 8],
        [1, 8],
        [1, 0],
        [8, 0],
        [8, Number.POSITIVE_INFINITY],
        [8, whole.length],
        [8, root],
        [4, 0],
      ),
    ])
    whole.set(superblock)
    return whole
  }
}

/** SHD's layout: half-float times in seconds, units, labels, names of the classes. */
export function spikingAudioFile(
  samples: readonly { readonly halves: readonly number[]; readonly units: readonly number[]; readonly label: number }[],
  classes: readonly string[],
): Uint8Array {
  const writer = new Hdf5Writer()
  const words = (values: readonly number[]) => ({
    count: values.length,
    data: new Uint8Array(Uint16Array.from(values).buffer),
  })
  const times = writer.lists(
    halfFloatType,
    samples.map(({ halves }) => words(halves)),
  )
  const units = writer.lists(
    integerType(2),
    samples.map(({ units: list }) => words(list)),
  )
  const labels = writer.dataset([samples.length], integerType(2), words(samples.map(({ label }) => label)).data)
  const names = classes.map((name) => ({ count: text(name).length, data: text(name) }))
  const keys = writer.lists(integerType(1), names, true)
  const root = writer.group({ spikes: writer.group({ times, units }), labels, extra: writer.group({ keys }) })
  return writer.file(root)
}
