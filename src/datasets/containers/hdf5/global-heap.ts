import { Fields, type Hdf5Bytes, hdf5Error } from './bytes.js'

/** Collections that are kept in memory, and the largest that is read. */
const kept = 16
const largestCollection = 2 ** 28

/** Values of differing length lie in collections that data sets point into. */
export class GlobalHeap {
  private readonly collections = new Map<number, Promise<ReadonlyMap<number, Uint8Array>>>()

  constructor(private readonly file: Hdf5Bytes) {}

  /** The bytes of one value. @throws FileFormatError when it is not there */
  async value(address: number, index: number): Promise<Uint8Array> {
    const known = this.collections.get(address) ?? this.read(address)
    // the one used last stands last
    this.collections.delete(address)
    this.collections.set(address, known)
    const [oldest] = this.collections.keys()
    if (this.collections.size > kept && oldest !== undefined) this.collections.delete(oldest)
    const value = (await known).get(index)
    if (value) return value
    throw hdf5Error(this.file.name, `value ${index} of the heap at ${address} is missing.`)
  }

  private async read(address: number): Promise<ReadonlyMap<number, Uint8Array>> {
    const { file } = this
    const head = await file.piece(address, 8 + file.lengthSize)
    head.signature('GCOL')
    head.skip(4)
    const size = head.length()
    if (size > largestCollection) throw hdf5Error(file.name, `a heap in it has ${size} bytes.`)
    const body = new Fields(await file.data(address, size), file)
    body.skip(8 + file.lengthSize)
    const values = new Map<number, Uint8Array>()
    while (body.left >= 8 + file.lengthSize) {
      const index = body.u16()
      // the rest is free
      if (index === 0) break
      body.skip(6)
      values.set(index, body.take(body.length()))
      body.align(8)
    }
    return values
  }
}
