/** Entries of sets that are read whole from a few files, or made. */
import { DatasetError } from '../../errors.js'
import type { DataFile } from '../../host/node/data-request.js'
import { readCifar100Batches, readCifarBatches } from '../cifar.js'
import { readCifar100Pickles, readCifarPickles } from '../containers/cifar-python.js'
import { readDigitsParts } from '../digits.js'
import { type NamedBytes, readIdxSplit } from '../idx.js'
import { motionClasses, movingShapes, movingShapesDefaults } from '../moving-shapes.js'
import { classFolders } from '../samples/layouts/class-folders.js'
import { recordFiles } from '../samples/layouts/record-files.js'
import type { CatalogueEntry, TreeReading } from './entry.js'
import { cifar10Classes, cifar100Classes, decimalDigits } from './names.js'

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
  (classes: number): NonNullable<CatalogueEntry['read']> =>
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

const cifarTrainPickles = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}`)
const cifarTrainBatches = cifarTrainPickles.map((name) => `${name}.bin`)

/** The same set as pictures in class folders. */
const pictures = (classes: readonly string[]): TreeReading => ({
  layouts: [classFolders({ kind: 'image', classes: classes.map((name) => ({ inPaths: name, name })) })],
  sensor: null,
  frames: 1,
  window: null,
  side: null,
})

/** Sets that are read whole from a few files, or made. */
export const fileSets: readonly CatalogueEntry[] = [
  {
    name: 'digits',
    title: 'Handwritten digits, 8x8 (UCI)',
    kind: 'image',
    classes: decimalDigits,
    classCount: 10,
    height: 8,
    width: 8,
    channels: 1,
    trainCount: 1297,
    testCount: 500,
    split: 'fixed here: the last 500 rows, whose writers came last, are the test part',
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
    tree: null,
  },
  {
    name: 'fashion-mnist',
    title: 'Fashion-MNIST',
    kind: 'image',
    classes: ['T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat', 'Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'],
    classCount: 10,
    height: 28,
    width: 28,
    channels: 1,
    trainCount: 60_000,
    testCount: 10_000,
    split: 'official',
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
    tree: null,
  },
  {
    name: 'mnist',
    title: 'MNIST handwritten digits',
    kind: 'image',
    classes: decimalDigits,
    classCount: 10,
    height: 28,
    width: 28,
    channels: 1,
    trainCount: 60_000,
    testCount: 10_000,
    split: 'official',
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
    tree: null,
  },
  {
    name: 'cifar10',
    title: 'CIFAR-10',
    kind: 'image',
    classes: cifar10Classes,
    classCount: 10,
    height: 32,
    width: 32,
    channels: 3,
    trainCount: 50_000,
    testCount: 10_000,
    split: 'official',
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
      subfolders: [
        'cifar-10-batches-bin',
        'cifar-10-batches-py',
        'cifar10',
        'cifar10/cifar-10-batches-bin',
        'cifar10/cifar-10-batches-py',
      ],
    },
    read: (files) => ({
      train: readCifarBatches(cifarTrainBatches.map((name) => file(files, name))),
      test: readCifarBatches([file(files, 'test_batch.bin')]),
    }),
    otherForms: [
      {
        files: [...cifarTrainPickles, 'test_batch'].map((name) => ({ name })),
        read: (files) => ({
          train: readCifarPickles(cifarTrainPickles.map((name) => file(files, name))),
          test: readCifarPickles([file(files, 'test_batch')]),
        }),
      },
    ],
    tree: pictures(cifar10Classes),
  },
  {
    name: 'cifar100',
    title: 'CIFAR-100',
    kind: 'image',
    classes: cifar100Classes,
    classCount: 100,
    height: 32,
    width: 32,
    channels: 3,
    trainCount: 50_000,
    testCount: 10_000,
    split: 'official',
    licence: 'none stated; cite the report',
    citation: 'A. Krizhevsky. Learning Multiple Layers of Features from Tiny Images. University of Toronto, 2009.',
    homepage: 'https://www.cs.toronto.edu/~kriz/cifar.html',
    validation: 5000,
    augmentation: 'crop:4,flip',
    files: [{ name: 'train.bin' }, { name: 'test.bin' }],
    packagedFolder: null,
    sources: {
      addresses: ['https://www.cs.toronto.edu/~kriz/'],
      archive: {
        name: 'cifar-100-binary.tar.gz',
        folder: 'cifar-100-binary',
        md5: '03b5dce01913d631647c71ecec9e9cb8',
      },
      downloadLimit: 200_000_000,
      systemFolders: [],
      subfolders: ['cifar-100-binary', 'cifar-100-python', 'cifar100', 'cifar100/cifar-100-binary'],
    },
    read: (files) => ({
      train: readCifar100Batches([file(files, 'train.bin')]),
      test: readCifar100Batches([file(files, 'test.bin')]),
    }),
    otherForms: [
      {
        files: [{ name: 'train' }, { name: 'test' }],
        read: (files) => ({
          train: readCifar100Pickles([file(files, 'train')]),
          test: readCifar100Pickles([file(files, 'test')]),
        }),
      },
    ],
    tree: pictures(cifar100Classes),
  },
  {
    name: 'affnist',
    title: 'affNIST, MNIST digits under affine maps',
    kind: 'image',
    classes: decimalDigits,
    classCount: 10,
    height: 40,
    width: 40,
    channels: 1,
    trainCount: 1_920_000,
    testCount: 320_000,
    split: 'official: batches for training and validation, and for testing; 32 maps of a digit stay on one side',
    licence: 'none stated; see the homepage',
    citation: 'T. Tieleman. affNIST. University of Toronto, 2013.',
    homepage: 'https://www.cs.toronto.edu/~tijmen/affNIST/',
    validation: 0.1,
    augmentation: '',
    files: [],
    packagedFolder: null,
    sources: null,
    archives: {
      downloadLimit: 4_000_000_000,
      files: ['training_and_validation_batches.zip', 'test_batches.zip'].map((name) => ({
        name,
        addresses: [`https://www.cs.toronto.edu/~tijmen/affNIST/32x/transformed/${name}`],
        md5: null,
      })),
    },
    read: null,
    tree: {
      layouts: [
        recordFiles({
          kind: 'image',
          classes: decimalDigits,
          ending: '.mat',
          partOf: (path) => (/(^|\/)test_batches\//.test(path) ? 'test' : /batches\//.test(path) ? 'train' : null),
          expects: 'training_and_validation_batches/*.mat and test_batches/*.mat, or archives of them',
          split: 'official: one folder a part',
        }),
      ],
      sensor: null,
      frames: 1,
      window: null,
      side: null,
      records: 'affnist',
    },
  },
  {
    name: 'moving-shapes',
    title: 'Moving shapes seen by a simulated event camera',
    kind: 'event',
    classes: motionClasses,
    classCount: motionClasses.length,
    height: movingShapesDefaults.side,
    width: movingShapesDefaults.side,
    channels: 2,
    trainCount: movingShapesDefaults.trainCount,
    testCount: movingShapesDefaults.testCount,
    split: 'generated apart',
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
    tree: null,
  },
]
