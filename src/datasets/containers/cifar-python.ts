import { joinBytes } from '../../archives/join-bytes.js'
import { FileFormatError } from '../../errors.js'
import { type Cifar100Split, cifarSplit, putCifarPicture } from '../cifar.js'
import type { NamedBytes } from '../idx.js'
import type { ImageSplit } from '../types.js'
import { unpickle } from './pickle.js'
import { PickleDict, PickledArray, type PickleValue } from './pickle-objects.js'

const pictureBytes = 3072

/**
 * Reads CIFAR-10 batches of the Python version in the order given, `[N, 32, 32, 3]`: pickled dicts whose `data` is a NumPy
 * array `[N, 3072]` of bytes and whose `labels` is a list. Nothing in the file is run (see `unpickle`).
 *
 * @throws FileFormatError when a file is no such dict or a label is not below 10
 */
export function readCifarPickles(files: readonly NamedBytes[]): ImageSplit {
  const batches = files.map((file) => readBatch(file, [['labels', 10]]))
  return cifarSplit(
    joinBytes(batches.map(({ pixels }) => pixels)),
    joinBytes(batches.map(({ labels }) => labels[0] ?? none)),
  )
}

/**
 * Reads CIFAR-100 of the Python version, `train` or `test`, as `readCifarPickles`, with `fine_labels` and `coarse_labels`.
 * @throws FileFormatError when a file is no such dict or a label is out of range
 */
export function readCifar100Pickles(files: readonly NamedBytes[]): Cifar100Split {
  const wanted = [
    ['fine_labels', 100],
    ['coarse_labels', 20],
  ] as const
  const batches = files.map((file) => readBatch(file, wanted))
  const [fine, coarse] = wanted.map((_, i) => joinBytes(batches.map(({ labels }) => labels[i] ?? none)))
  return { ...cifarSplit(joinBytes(batches.map(({ pixels }) => pixels)), fine ?? none), coarseLabels: coarse ?? none }
}

const none = new Uint8Array(0)

function readBatch(file: NamedBytes, wanted: readonly (readonly [key: string, classes: number])[]) {
  const batch = unpickle(file)
  const wrong = (what: string) =>
    new FileFormatError(file.name, what, 'Check that it is a batch of CIFAR in Python form.')
  if (!(batch instanceof PickleDict)) throw wrong('must hold a dict; it holds something else.')
  const data = batch.get('data')
  const array = data instanceof PickledArray ? data.value : null
  if (!(array?.data instanceof Uint8Array) || array.shape.length !== 2 || array.shape[1] !== pictureBytes) {
    throw wrong(`data must be bytes [N, ${pictureBytes}]; it is [${array?.shape.join(', ') ?? 'missing'}].`)
  }
  const count = array.shape[0] as number
  const pixels = new Uint8Array(count * pictureBytes)
  for (let i = 0; i < count; i++) putCifarPicture(array.data, i * pictureBytes, pixels, i)
  const labels = wanted.map(([key, classes]) => {
    const list = labelList(batch.get(key))
    if (list?.length !== count) throw wrong(`${key} must be ${count} numbers, one a picture.`)
    const other = list.find((label) => !Number.isInteger(label) || label < 0 || label >= classes)
    if (other !== undefined) throw wrong(`${key} must be below ${classes}; one is ${other}.`)
    return Uint8Array.from(list)
  })
  return { pixels, labels }
}

/** A list of numbers, or an array of them, as some re-packed copies have. */
function labelList(value: PickleValue | undefined): number[] | null {
  if (value instanceof PickledArray) return value.value ? Array.from(value.value.data, Number) : null
  return Array.isArray(value) ? value.map((label) => (typeof label === 'number' ? label : Number.NaN)) : null
}
