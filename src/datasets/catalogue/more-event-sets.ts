/** Entries of sets with annotated recordings, of spiking audio, sign language and touch. */
import { annotatedRecordings } from '../samples/layouts/annotated-recordings.js'
import { classFolders } from '../samples/layouts/class-folders.js'
import { recordFiles } from '../samples/layouts/record-files.js'
import { partOfName } from '../samples/parts.js'
import type { CatalogueEntry } from './entry.js'
import { asInPaths, recordingSet } from './event-sets.js'
import { aslClasses, gestureClasses, numbered } from './names.js'

const heidelberg =
  'B. Cramer, Y. Stradmann, J. Schemmel, F. Zenke. The Heidelberg Spiking Data Sets for the Systematic Evaluation of Spiking Neural Networks. IEEE Transactions on Neural Networks and Learning Systems 33(7), 2022.'

const tactile =
  'F. Gu, W. Sng, T. Taunyazov, H. Soh. TactileSGNet: A Spiking Graph Neural Network for Event-based Tactile Object Recognition. IROS, 2020.'

/** Spiking audio: 700 channels of a cochlea model, one row. */
const spikingAudio = (name: string, parts: readonly (readonly [string, string])[], classCount: number) => ({
  ...recordingSet,
  channels: 1,
  classes: numbered(classCount),
  classCount,
  height: 1,
  width: 700,
  licence: 'CC BY 4.0 (as commonly stated)',
  citation: heidelberg,
  homepage: 'https://zenkelab.org/resources/spiking-heidelberg-datasets-shd/',
  augmentation: '',
  archives: {
    downloadLimit: 4_000_000_000,
    files: parts.map(([part, md5]) => ({
      name: `${name}_${part}.h5.zip`,
      addresses: [`https://zenkelab.org/datasets/${name}_${part}.h5.zip`],
      md5,
    })),
  },
  tree: {
    layouts: [
      recordFiles({
        kind: 'event',
        classes: numbered(classCount),
        ending: '.h5',
        expects: `${parts.map(([part]) => `${name}_${part}.h5`).join(', ')}, or archives of them`,
        split: 'official: one file a part',
      }),
    ],
    sensor: { width: 700, height: 1 },
    frames: 50,
    window: null,
    side: null,
    records: 'spikes-hdf5' as const,
  },
})

/** Touch: 39 taxels a finger in `<number>_label_<class>.npy`, a folder for each part. */
const touch = (file: string, classCount: number) => ({
  ...recordingSet,
  classes: numbered(classCount),
  classCount,
  height: 1,
  width: 39,
  trainCount: null,
  testCount: null,
  split: 'official: folders train and test',
  licence: 'none stated; cite the paper',
  citation: tactile,
  homepage: 'https://github.com/clear-nus/TactileSGNet',
  augmentation: '',
  archives: {
    downloadLimit: 1_000_000_000,
    files: [{ name: file, addresses: [`https://github.com/clear-nus/TactileSGNet/raw/master/${file}`], md5: null }],
  },
  tree: {
    layouts: [
      classFolders({
        kind: 'event',
        endings: new Set(['.npy']),
        classes: asInPaths(numbered(classCount)),
        factsOf: (path) => {
          const label = /_label_(\d+)\.npy$/i.exec(path)?.[1]
          const part = partOfName(path.split('/').at(-2) ?? '')
          return label === undefined ? null : { className: label, part }
        },
      }),
    ],
    sensor: null,
    frames: 50,
    window: null,
    side: null,
    records: 'tactile' as const,
  },
})

export const moreEventSets: readonly CatalogueEntry[] = [
  {
    ...recordingSet,
    name: 'dvs128-gesture',
    title: 'DVS128 Gesture, hand and arm gestures of 29 persons',
    classes: gestureClasses,
    classCount: 11,
    height: 128,
    width: 128,
    trainCount: 1176,
    testCount: 288,
    split: 'official: trials_to_train.txt (persons 1 to 23) and trials_to_test.txt (24 to 29)',
    licence: 'CC BY 4.0 (as its authors state)',
    citation: 'A. Amir et al. A Low Power, Fully Event-Based Gesture Recognition System. CVPR, 2017.',
    homepage: 'https://research.ibm.com/interactive/dvsgesture/',
    augmentation: 'crop:4',
    archives: {
      downloadLimit: 8_000_000_000,
      // a page of a file host hands it out
      files: [{ name: 'DvsGesture.tar.gz', addresses: [], md5: '8a5c71fb11e24e5ca5b11866ca6c00a1' }],
    },
    tree: {
      layouts: [annotatedRecordings({ classes: gestureClasses })],
      sensor: { width: 128, height: 128 },
      frames: 16,
      window: null,
      side: 64,
    },
  },
  {
    ...recordingSet,
    name: 'sl-animals-dvs',
    title: 'SL-Animals-DVS, sign language for 19 animals by 59 persons',
    classes: numbered(19),
    classCount: 19,
    height: 128,
    width: 128,
    trainCount: null,
    testCount: null,
    split:
      'no official one; as is usual a quarter of the persons, here drawn with a fixed seed, are the test part (1,121 samples)',
    licence: 'not known here: see the homepage',
    citation:
      'A. Vasudevan, P. Negri, C. Di Ielsi, B. Linares-Barranco, T. Serrano-Gotarredona. SL-Animals-DVS: event-driven sign language animals dataset. Pattern Analysis and Applications 25, 2022.',
    homepage: 'http://www2.imse-cnm.csic.es/neuromorphs/index.php/SL-ANIMALS-DVS-Database',
    augmentation: 'crop:4',
    tree: {
      layouts: [annotatedRecordings({ classes: numbered(19), testShare: 0.25 })],
      sensor: { width: 128, height: 128 },
      frames: 16,
      window: null,
      side: 64,
    },
  },
  {
    ...recordingSet,
    name: 'asl-dvs',
    title: 'ASL-DVS, 24 letters of the American sign language',
    classes: aslClasses,
    classCount: 24,
    height: 180,
    width: 240,
    trainCount: 80_640,
    testCount: 20_160,
    split: 'no official one; a fifth of each class is the test part, drawn with a fixed seed',
    licence: 'not known here: see the homepage',
    citation:
      'Y. Bi, A. Chadha, A. Abbas, E. Bourtsoulatze, Y. Andreopoulos. Graph-Based Object Classification for Neuromorphic Vision Sensing. ICCV, 2019.',
    homepage: 'https://github.com/PIX2NVS/NVS2Graph',
    tree: {
      layouts: [classFolders({ kind: 'event', endings: new Set(['.mat']), classes: asInPaths(aslClasses) })],
      sensor: { width: 240, height: 180 },
      frames: 8,
      window: null,
      side: 64,
    },
  },
  {
    ...spikingAudio(
      'shd',
      [
        ['train', 'f3252aeb598ac776c1b526422d90eecb'],
        ['test', '1503a5064faa34311c398fb0a1ed0a6f'],
      ],
      20,
    ),
    name: 'shd',
    title: 'Spiking Heidelberg Digits, spoken digits as spikes of a cochlea model',
    trainCount: 8156,
    testCount: 2264,
    split: 'official: shd_train.h5 and shd_test.h5',
  },
  {
    ...spikingAudio(
      'ssc',
      [
        ['train', 'd102be95e7144fcc0553d1f45ba94170'],
        ['valid', 'b4eee3516a4a90dd0c71a6ac23a8ae43'],
        ['test', 'a35ff1e9cffdd02a20eb850c17c37748'],
      ],
      35,
    ),
    name: 'ssc',
    title: 'Spiking Speech Commands, spoken words as spikes of a cochlea model',
    trainCount: 75_466,
    testCount: 20_382,
    split: 'official: ssc_train.h5, ssc_valid.h5 and ssc_test.h5',
  },
  {
    ...touch('Ev-Objects.zip', 36),
    name: 'ev-objects',
    title: 'Ev-Objects, 36 objects grasped with event-based touch',
  },
  {
    ...touch('Ev-Containers.zip', 20),
    name: 'ev-containers',
    title: 'Ev-Containers, 20 containers and fillings held with event-based touch',
  },
]
