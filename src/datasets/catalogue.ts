import { DatasetError, FileFormatError } from '../errors.js'
import type { DataFile, DataRequest } from '../host/node/data-request.js'
import { readCifarBatches } from './cifar.js'
import { readDigitsParts } from './digits.js'
import { type NamedBytes, readIdxSplit } from './idx.js'
import { type MovingShapesOptions, motionClasses, movingShapes, movingShapesDefaults } from './moving-shapes.js'
import { nearestName } from './nearest-name.js'
import type { Split } from './types.js'

/** What a data set's reader may be told besides the files. */
export interface ReadOptions {
  /** For generated sets: seed of the generator, default 0, apart from the seed of the splits. */
  readonly generatorSeed?: number
  readonly movingShapes?: MovingShapesOptions
}

/** A data set by name; what the host needs to find its files stands in `DataRequest`. */
export interface CatalogueEntry extends DataRequest {
  readonly title: string
  readonly kind: 'image' | 'event'
  readonly classes: readonly string[]
  /** Side of the square samples in pixels. */
  readonly side: number
  readonly channels: number
  /** Official numbers of samples, before validation is held out. */
  readonly trainCount: number
  readonly testCount: number
  readonly licence: string
  readonly citation: string
  readonly homepage: string
  /** Part of the training files held out by default: a fraction below 1, else a number. */
  readonly validation: number
  /** What suits the set; flips would exchange classes of digits and of directions. */
  readonly augmentation: string
  /** Reads the official parts. `files` holds every file of the entry under its `name`. */
  read(files: ReadonlyMap<string, NamedBytes>, options: ReadOptions): { readonly train: Split; readonly test: Split }
}

const decimalDigits = Array.from({ length: 10 }, (_, digit) => String(digit))

/** The four files of MNIST and what follows its layout; `md5` in the order train images, labels, test images, labels. */
function idxFiles(md5: readonly [string, string, string, string]): readonly DataFile[] {
  const names = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1']
  return names.map((name, i) => ({
    name: `${name}-ubyte`,
    otherNames: [`${name.replace('-idx', '.idx')}-ubyte`],
    md5: md5[i] as string,
  }))
}

const readIdxParts =
  (classes: number): CatalogueEntry['read'] =>
  (files) => {
    const part = (name: string) =>
      readIdxSplit(file(files, `${name}-images-idx3-ubyte`), file(files, `${name}-labels-idx1-ubyte`), classes)
    return { train: part('train'), test: part('t10k') }
  }

function file(files: ReadonlyMap<string, NamedBytes>, name: string): NamedBytes {
  const found = files.get(name)
  if (found) return found
  const got = [...files.keys()].join(', ') || 'none'
  throw new DatasetError(name, `this file is needed; the files given are: ${got}.`, 'Give all files of the data set.')
}

const cifarTrainBatches = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`)

/** The data sets that have a name, the shipped one first. */
export const catalogue: readonly CatalogueEntry[] = [
  {
    name: 'digits',
    title: 'Handwritten digits, 8x8 (UCI)',
    kind: 'image',
    classes: decimalDigits,
    side: 8,
    channels: 1,
    trainCount: 1297,
    testCount: 500,
    licence: 'CC BY 4.0',
    citation:
      'E. Alpaydin, C. Kaynak. Optical Recognition of Handwritten Digits. UCI Machine Learning Repository, 1998. doi:10.24432/C50P49',
    homepage: 'https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits',
    validation: 0.2,
    augmentation: 'crop:1',
    files: [{ name: 'digits.csv' }],
    packagedFolder: 'digits8x8',
    sources: null,
    read: (files) => readDigitsParts(file(files, 'digits.csv')),
  },
  {
    name: 'fashion-mnist',
    title: 'Fashion-MNIST',
    kind: 'image',
    classes: ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
    side: 28,
    channels: 1,
    trainCount: 60_000,
    testCount: 10_000,
    licence: 'MIT (Zalando SE)',
    citation:
      'H. Xiao, K. Rasul, R. Vollgraf. Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms. arXiv:1708.07747, 2017.',
    homepage: 'https://github.com/zalandoresearch/fashion-mnist',
    validation: 5000,
    augmentation: 'crop:2,flip',
    files: idxFiles([
      'f4a8712d7a061bf5bd6d2ca38dc4d50a',
      '9018921c3c673c538a1fc5bad174d6f9',
      '8181f5470baa50b63fa0f6fddb340f0a',
      '15d484375f8d13e6eb1aabb0c3f46965',
    ]),
    packagedFolder: null,
    sources: {
      addresses: [
        'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
        'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
      ],
      downloadLimit: 40_000_000,
      systemFolders: ['/usr/share/datasets/fashion-mnist'],
      debianPackage: 'dataset-fashion-mnist',
      subfolders: ['fashion-mnist', 'FashionMNIST/raw'],
    },
    read: readIdxParts(10),
  },
  {
    name: 'mnist',
    title: 'MNIST handwritten digits',
    kind: 'image',
    classes: decimalDigits,
    side: 28,
    channels: 1,
    trainCount: 60_000,
    testCount: 10_000,
    licence: 'CC BY-SA 3.0 (as commonly stated)',
    citation:
      'Y. LeCun, L. Bottou, Y. Bengio, P. Haffner. Gradient-based learning applied to document recognition. Proceedings of the IEEE 86(11), 1998.',
    homepage: 'http://yann.lecun.com/exdb/mnist/',
    validation: 5000,
    augmentation: 'crop:2',
    files: idxFiles([
      '6bbc9ace898e44ae57da46a324031adb',
      'a25bea736e30d166cdddb491f175f624',
      '2646ac647ad5339dbf082846283269ea',
      '27ae3e4e09519cfbb04c329615203637',
    ]),
    packagedFolder: null,
    sources: {
      // the first author's own page no longer answers reliably, so the two public mirrors come first
      addresses: [
        'https://ossci-datasets.s3.amazonaws.com/mnist/',
        'https://storage.googleapis.com/cvdf-datasets/mnist/',
        'http://yann.lecun.com/exdb/mnist/',
      ],
      downloadLimit: 20_000_000,
      systemFolders: [],
      subfolders: ['mnist', 'MNIST/raw'],
    },
    read: readIdxParts(10),
  },
  {
    name: 'cifar10',
    title: 'CIFAR-10',
    kind: 'image',
    classes: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
    side: 32,
    channels: 3,
    trainCount: 50_000,
    testCount: 10_000,
    licence: 'none stated; cite the report',
    citation: 'A. Krizhevsky. Learning Multiple Layers of Features from Tiny Images. University of Toronto, 2009.',
    homepage: 'https://www.cs.toronto.edu/~kriz/cifar.html',
    validation: 5000,
    augmentation: 'crop:4,flip',
    files: [...cifarTrainBatches, 'test_batch.bin'].map((name) => ({ name })),
    packagedFolder: null,
    sources: {
      addresses: ['https://www.cs.toronto.edu/~kriz/'],
      archive: {
        name: 'cifar-10-binary.tar.gz',
        folder: 'cifar-10-batches-bin',
        md5: 'c32a1d4ab5d03f1284b67883e8d87530',
      },
      downloadLimit: 200_000_000,
      systemFolders: [],
      subfolders: ['cifar-10-batches-bin', 'cifar10', 'cifar10/cifar-10-batches-bin'],
    },
    read: (files) => ({
      train: readCifarBatches(cifarTrainBatches.map((name) => file(files, name))),
      test: readCifarBatches([file(files, 'test_batch.bin')]),
    }),
  },
  {
    name: 'moving-shapes',
    title: 'Moving shapes seen by a simulated event camera',
    kind: 'event',
    classes: motionClasses,
    side: movingShapesDefaults.side,
    channels: 2,
    trainCount: movingShapesDefaults.trainCount,
    testCount: movingShapesDefaults.testCount,
    licence: 'MIT (generated by Neuromotif)',
    citation:
      'Generated; the event pixel follows P. Lichtsteiner, C. Posch, T. Delbruck. A 128x128 120 dB 15 us latency asynchronous temporal contrast vision sensor. IEEE JSSC 43(2), 2008.',
    homepage: '',
    validation: 0.2,
    augmentation: 'crop:2',
    files: [],
    packagedFolder: null,
    sources: null,
    read: (_, options) => movingShapes(options.generatorSeed ?? 0, options.movingShapes),
  },
]

/**
 * The entry of a name.
 * @throws DatasetError that lists the names and suggests the nearest
 */
export function catalogueEntry(name: string): CatalogueEntry {
  const entry = catalogue.find((known) => known.name === name)
  if (entry) return entry
  const names = catalogue.map((known) => known.name)
  const near = nearestName(name, names)
  throw new DatasetError(
    `"${name.slice(0, 60)}"`,
    `is no data set; there are ${names.join(', ')}.`,
    near === null ? 'Take one of these names.' : `Did you mean ${near}?`,
  )
}

/**
 * Reads an entry's files and checks that samples have the entry's shape.
 * @throws FileFormatError when they do not, and as the entry's reader
 */
export function readEntry(
  entry: CatalogueEntry,
  files: ReadonlyMap<string, NamedBytes>,
  options: ReadOptions = {},
): { readonly train: Split; readonly test: Split } {
  const parts = entry.read(files, options)
  // a generated set has the shape that was asked for
  if (entry.files.length === 0) return parts
  for (const [part, split] of Object.entries(parts)) {
    if (split.height === entry.side && split.width === entry.side && split.channels === entry.channels) continue
    throw new FileFormatError(
      `${entry.name} (${part})`,
      `samples must be ${entry.side} x ${entry.side} x ${entry.channels};` +
        ` got ${split.height} x ${split.width} x ${split.channels}.`,
      'Check that these are the files of this data set.',
    )
  }
  return parts
}
