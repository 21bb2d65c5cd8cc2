/** Entries of sets of event recordings, one file a sample or many. */
import { type ClassFoldersOptions, classFolders } from '../samples/layouts/class-folders.js'
import { listFiles } from '../samples/layouts/list-files.js'
import type { PathFacts } from '../samples/layouts/placed-files.js'
import { firstOfEachClass } from '../samples/parts.js'
import type { CatalogueEntry } from './entry.js'
import { cifar10Classes, decimalDigits } from './names.js'

/** What most of these entries have in common: many files, no flips of digits. */
export const recordingSet = {
  kind: 'event',
  channels: 2,
  validation: 0.1,
  augmentation: 'crop:2',
  files: [],
  packagedFolder: null,
  sources: null,
  read: null,
} as const

export const asInPaths = (names: readonly string[]) => names.map((name) => ({ inPaths: name, name }))

const orchard =
  'G. Orchard, A. Jayawant, G. K. Cohen, N. Thakor. Converting Static Image Datasets to Spiking Neuromorphic Datasets Using Saccades. Frontiers in Neuroscience 9:437, 2015.'

const cifar10DvsParts = [
  ['airplane', 7712788, '0afd5c4bf9ae06af762a77b180354fdd'],
  ['automobile', 7712791, '8438dfeba3bc970c94962d995b1b9bdd'],
  ['bird', 7712794, 'a9c207c91c55b9dc2002dc21c684d785'],
  ['cat', 7712812, '52c63c677c2b15fa5146a8daf4d56687'],
  ['deer', 7712815, 'b6bf21f6c04d21ba4e23fc3e36c8a4a3'],
  ['dog', 7712818, 'f379ebdf6703d16e0a690782e62639c3'],
  ['frog', 7712842, 'cad6ed91214b1c7388a5f6ee56d08803'],
  ['horse', 7712851, 'e7cbbf77bec584ffbf913f00e682782a'],
  ['ship', 7712836, '41c7bd7d6b251be82557c6cce9a7d5c9'],
  ['truck', 7712839, '89f3922fd147d9aeff89e76a2b0b70a7'],
] as const

/** `mnist_<digit>_scale<nn>_<number>.aedat`; one digit at its three scales is one recording. */
const mnistDvsName = /(?:^|\/)mnist_(\d)_scale\d+_(\d+)[^/]*$/i

const mnistDvsFiles: Pick<ClassFoldersOptions, 'factsOf' | 'testRule' | 'splitChosen'> = {
  factsOf: (path) => {
    const [, digit, number] = mnistDvsName.exec(path) ?? []
    return digit === undefined ? null : { className: digit, part: null, recording: `${digit} ${Number(number)}` }
  },
  testRule: (files) =>
    new Set(files.map(({ path }) => path).filter((path) => Number(mnistDvsName.exec(path)?.[2]) <= 100)),
  splitChosen: 'numbers 1 to 100 of each digit, at all scales, are the test part',
}

/** The annotations are `.bin` files in folders of the same names. */
function caltechFacts(path: string): PathFacts | null {
  const [className] = path.split('/').slice(0, -1).reverse()
  return className === undefined || path.includes('annotations') ? null : { className, part: null }
}

export const eventSets: readonly CatalogueEntry[] = [
  {
    ...recordingSet,
    name: 'nmnist',
    title: 'N-MNIST, digits seen through saccades',
    classes: decimalDigits,
    classCount: 10,
    height: 34,
    width: 34,
    trainCount: 60_000,
    testCount: 10_000,
    split: 'official: folders Train and Test',
    licence: 'CC BY-SA 4.0 (as its authors state)',
    citation: orchard,
    homepage: 'https://www.garrickorchard.com/datasets/n-mnist',
    validation: 5000,
    archives: {
      downloadLimit: 2_000_000_000,
      // the site hands them out through a page that asks for a visitor
      files: [
        { name: 'Train.zip', addresses: [], md5: '20959b8e626244a1b502305a9e6e2031' },
        { name: 'Test.zip', addresses: [], md5: '69ca8762b2fe404d9b9bad1103e97832' },
      ],
    },
    tree: {
      layouts: [listFiles, classFolders({ kind: 'event', classes: asInPaths(decimalDigits) })],
      sensor: { width: 34, height: 34 },
      frames: 8,
      window: null,
      side: null,
    },
  },
  {
    ...recordingSet,
    name: 'cifar10-dvs',
    title: 'CIFAR10-DVS, CIFAR-10 images moved before a DVS128',
    classes: cifar10Classes,
    classCount: 10,
    height: 128,
    width: 128,
    trainCount: 9000,
    testCount: 1000,
    split: 'no official one; as is usual, samples 0 to 99 of each class are the test part',
    licence: 'CC BY 4.0 (as commonly stated)',
    citation:
      'H. Li, H. Liu, X. Ji, G. Li, L. Shi. CIFAR10-DVS: An Event-Stream Dataset for Object Classification. Frontiers in Neuroscience 11:309, 2017.',
    homepage: 'https://figshare.com/articles/dataset/CIFAR10-DVS_New/4724671',
    augmentation: 'crop:4,flip',
    archives: {
      downloadLimit: 4_000_000_000,
      files: cifar10DvsParts.map(([name, number, md5]) => ({
        name: `${name}.zip`,
        addresses: [`https://ndownloader.figshare.com/files/${number}`],
        md5,
      })),
    },
    tree: {
      layouts: [
        classFolders({
          kind: 'event',
          classes: asInPaths(cifar10Classes),
          testRule: firstOfEachClass(100),
          splitChosen: 'samples 0 to 99 of each class are the test part',
        }),
      ],
      sensor: { width: 128, height: 128 },
      frames: 10,
      window: null,
      side: 64,
    },
  },
  {
    ...recordingSet,
    name: 'mnist-dvs',
    title: 'MNIST-DVS, digits moved before a DVS128 at three scales',
    classes: decimalDigits,
    classCount: 10,
    height: 128,
    width: 128,
    trainCount: 27_000,
    testCount: 3000,
    split: 'no official one; as is usual, a tenth is the test part: here numbers 1 to 100 of each digit, all scales',
    licence: 'none stated; cite the paper',
    citation:
      'T. Serrano-Gotarredona, B. Linares-Barranco. Poker-DVS and MNIST-DVS. Their History, How They Were Made, and Other Details. Frontiers in Neuroscience 9:481, 2015.',
    homepage: 'http://www2.imse-cnm.csic.es/caviar/MNISTDVS.html',
    archives: {
      downloadLimit: 4_000_000_000,
      files: decimalDigits.map((digit) => ({
        name: `grabbed_data${digit}.zip`,
        addresses: [`http://www2.imse-cnm.csic.es/caviar/MNIST_DVS/grabbed_data${digit}.zip`],
        md5: null,
      })),
    },
    tree: {
      layouts: [classFolders({ kind: 'event', classes: asInPaths(decimalDigits), ...mnistDvsFiles })],
      sensor: { width: 128, height: 128 },
      frames: 10,
      window: null,
      side: 32,
    },
  },
  {
    ...recordingSet,
    name: 'n-caltech101',
    title: 'N-Caltech101, Caltech 101 images seen through saccades',
    classes: null,
    classCount: 101,
    height: 180,
    width: 240,
    trainCount: null,
    testCount: null,
    split: 'no official one; a fifth of each class is the test part, drawn with a fixed seed (8,709 samples in all)',
    licence: 'CC BY-SA 4.0 (as commonly stated)',
    citation: orchard,
    homepage: 'https://www.garrickorchard.com/datasets/n-caltech101',
    augmentation: 'crop:4,flip',
    archives: {
      downloadLimit: 8_000_000_000,
      files: [{ name: 'Caltech101.zip', addresses: [], md5: '66201824eabb0239c7ab992480b50ba3' }],
    },
    tree: {
      // its annotations are .bin files too, in folders of the same names
      layouts: [classFolders({ kind: 'event', factsOf: caltechFacts })],
      sensor: { width: 240, height: 180 },
      frames: 10,
      window: null,
      side: 64,
    },
  },
  {
    ...recordingSet,
    name: 'n-cars',
    title: 'N-CARS, cars and background from a driving car',
    classes: ['background', 'car'],
    classCount: 2,
    height: 100,
    width: 120,
    trainCount: 15_422,
    testCount: 8607,
    split: 'official: folders train and test',
    licence: 'non-commercial research; see the homepage for the terms',
    citation:
      'A. Sironi, M. Brambilla, N. Bourdis, X. Lagorce, R. Benosman. HATS: Histograms of Averaged Time Surfaces for Robust Event-based Object Classification. CVPR, 2018.',
    homepage: 'https://www.prophesee.ai/dataset-n-cars-download/',
    augmentation: 'crop:4,flip',
    archives: {
      downloadLimit: 4_000_000_000,
      files: [
        {
          name: 'Prophesee_Dataset_n_cars.zip',
          addresses: ['http://www.prophesee.ai/resources/Prophesee_Dataset_n_cars.zip'],
          md5: '553ce464d6e5e617b3c21ce27c19368e',
        },
      ],
    },
    tree: {
      layouts: [
        classFolders({
          kind: 'event',
          classes: [
            { inPaths: 'background', name: 'background' },
            { inPaths: 'cars', name: 'car' },
          ],
        }),
      ],
      sensor: { width: 120, height: 100 },
      frames: 5,
      window: null,
      side: 64,
    },
  },
]
