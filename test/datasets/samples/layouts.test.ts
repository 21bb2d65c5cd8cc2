import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { catalogueEntry } from '../../../src/datasets/catalogue/catalogue.js'
import { userLayouts } from '../../../src/datasets/catalogue/user-set.js'
import { annotatedRecordings } from '../../../src/datasets/samples/layouts/annotated-recordings.js'
import { classFolders } from '../../../src/datasets/samples/layouts/class-folders.js'
import { classRecordings } from '../../../src/datasets/samples/layouts/class-recordings.js'
import { listFiles } from '../../../src/datasets/samples/layouts/list-files.js'
import { orderedNames, partOfName } from '../../../src/datasets/samples/parts.js'
import type { Layout, SampleListing } from '../../../src/datasets/samples/sample-file.js'
import { DatasetError, FileFormatError } from '../../../src/errors.js'
import { memoryTree, openMemory } from './trees.js'

const empty = new Uint8Array(0)
const filesOf = (paths: readonly string[]) => memoryTree(Object.fromEntries(paths.map((path) => [path, empty])))
const list = (layout: Layout, tree: ReturnType<typeof memoryTree>) => layout.list(tree, openMemory)
const parts = ({ files }: SampleListing) => Object.fromEntries(files.map(({ path, part }) => [path, part]))
const labels = ({ files }: SampleListing) =>
  Object.fromEntries(files.map(({ path, cut }) => [path, cut.kind === 'whole' ? cut.label : null]))

describe('class folders', () => {
  it('take parts from folders, below others, and leave out what is hidden or of another kind', async () => {
    const found = await list(
      classFolders({ kind: 'image' }),
      filesOf([
        'set/train/cat/1.png',
        'set/test/dog/2.JPG',
        'set/training/dog/3.jpeg',
        'set/readme.txt',
        '__MACOSX/train/cat/1.png',
        'set/train/cat/.x.png',
      ]),
    )
    expect(found?.classes).toEqual(['cat', 'dog'])
    expect(found && parts(found)).toEqual({
      'set/test/dog/2.JPG': 'test',
      'set/train/cat/1.png': 'train',
      'set/training/dog/3.jpeg': 'train',
    })
    expect(found?.split).toBe('as the folders have it')
  })

  it('number digits by value, and other names by code unit', () => {
    expect(orderedNames(['10', '9', '1', '9'])).toEqual(['1', '9', '10'])
    expect(orderedNames(['b', 'B', 'a10', 'a9'])).toEqual(['B', 'a10', 'a9', 'b'])
  })

  it('divide what is not divided: always alike, every class on both sides, whatever the order of files', async () => {
    const names = fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { minLength: 10, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(names, names, async (first, second) => {
        const paths = [...first.map((i) => `a/${i}.bin`), ...second.map((i) => `b/${i}.bin`)]
        const found = await list(classFolders({ kind: 'event' }), filesOf(paths))
        const again = await list(classFolders({ kind: 'event' }), filesOf([...paths].reverse()))
        expect(again).toEqual(found)
        const test = found?.files.filter(({ part }) => part === 'test') ?? []
        expect(test.length).toBe(Math.round(paths.length / 5))
        expect(new Set(test.map(({ path }) => path[0]))).toEqual(new Set(['a', 'b']))
      }),
      { numRuns: 20 },
    )
  })

  it('refuse a folder that is no class of the set, and a set without a test part', async () => {
    const layout = catalogueEntry('cifar10').tree?.layouts[0] as Layout
    await expect(list(layout, filesOf(['train/cat/1.png', 'test/fish/1.png']))).rejects.toThrow(
      /"fish"; the classes are/,
    )
    await expect(list(layout, filesOf(['train/cat/1.png']))).rejects.toThrow(DatasetError)
  })

  it('know what the field does with CIFAR10-DVS and MNIST-DVS', async () => {
    const dvs = catalogueEntry('cifar10-dvs').tree?.layouts[0] as Layout
    const found = await list(dvs, filesOf(Array.from({ length: 130 }, (_, i) => `cat/cifar10_cat_${i}.aedat`)))
    const test = found?.files
      .filter(({ part }) => part === 'test')
      .map(({ path }) => Number(/\d+(?=\.)/.exec(path)?.[0]))
    expect(test?.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i))
    const digits = catalogueEntry('mnist-dvs').tree?.layouts[0] as Layout
    const scales = [4, 8, 16].flatMap((scale) =>
      [100, 101].map((n) => `g/mnist_3_scale${String(scale).padStart(2, '0')}_0${n}.aedat`),
    )
    const listed = await list(digits, filesOf(scales))
    // one digit at its three scales stays on one side
    expect(listed?.files.filter(({ part }) => part === 'test')).toHaveLength(3)
    expect(new Set(listed?.files.map(({ recording }) => recording)).size).toBe(2)
  })

  it('leave the annotations of N-Caltech101 out, and take the label of Ev-Objects from names', async () => {
    const caltech = catalogueEntry('n-caltech101').tree?.layouts[0] as Layout
    const ten = Array.from({ length: 10 }, (_, i) => `Caltech101/ant/image_${i}.bin`)
    const found = await list(caltech, filesOf([...ten, 'Caltech101_annotations/ant/annotation_1.bin']))
    expect(found?.files).toHaveLength(10)
    const touch = catalogueEntry('ev-objects').tree?.layouts[0] as Layout
    const listed = await list(touch, filesOf(['Ev-Objects/train/7_label_12.npy', 'Ev-Objects/test/8_label_0.npy']))
    expect(listed && labels(listed)).toEqual({
      'Ev-Objects/train/7_label_12.npy': 12,
      'Ev-Objects/test/8_label_0.npy': 0,
    })
  })
})

describe('lists of files', () => {
  const train = '#sample #class\n1\t5\n2\t0\n'

  it('are read as N-MNIST small has them', async () => {
    const tree = memoryTree({
      'n/train1K.txt': train,
      'n/test100.txt': '#sample #class\n3\t5\n',
      'n/1.bs2': empty,
      'n/2.bs2': empty,
      'n/3.bs2': empty,
      'n/Desired/1.bsn': empty,
    })
    const found = await list(listFiles, tree)
    expect(found?.classes).toEqual(['0', '5'])
    expect(found && labels(found)).toEqual({ 'n/1.bs2': 1, 'n/2.bs2': 0, 'n/3.bs2': 1 })
    expect(found && parts(found)).toEqual({ 'n/1.bs2': 'train', 'n/2.bs2': 'train', 'n/3.bs2': 'test' })
  })

  it('are read with commas, titles and parts in a column', async () => {
    const labelsFile = 'file,label,split\nx/a.png,cat,train\n"x/b.png","dog",test\n'
    const found = await list(listFiles, memoryTree({ 'labels.csv': labelsFile, 'x/a.png': empty, 'x/b.png': empty }))
    expect(found).toMatchObject({ kind: 'image', classes: ['cat', 'dog'] })
    expect(found && parts(found)).toEqual({ 'x/a.png': 'train', 'x/b.png': 'test' })
  })

  it('must name files that are there, once, and by one path', async () => {
    const tree = (files: Readonly<Record<string, string>>) =>
      memoryTree({ ...files, '1.bin': empty, '2.bin': empty, '1.bs2': empty })
    await expect(list(listFiles, tree({ 'train.txt': '7 a\n', 'test.txt': '2 a\n' }))).rejects.toThrow(
      /names "7"; there is no such file/,
    )
    await expect(list(listFiles, tree({ 'train.txt': '1 a\n', 'test.txt': '2 a\n' }))).rejects.toThrow(
      /could be 1.bin or 1.bs2/,
    )
    await expect(list(listFiles, tree({ 'train.txt': '2 a\n', 'test.txt': '2 a\n' }))).rejects.toThrow(/comes twice/)
    await expect(list(listFiles, tree({ 'train.txt': '2\n', 'test.txt': '2 a\n' }))).rejects.toThrow(FileFormatError)
    await expect(list(listFiles, tree({ 'train.txt': '../../etc/passwd a\n', 'test.txt': '2 a\n' }))).rejects.toThrow(
      /no such file/,
    )
  })
})

describe('recordings', () => {
  it('named after their classes are listed where both parts have the class', async () => {
    const found = await list(
      classRecordings,
      filesOf(['train/Mug.aedat', 'train/Mug_2.aedat', 'train/Cube.aedat', 'test/Mug.aedat', 'test/Mouse.aedat']),
    )
    expect(found?.classes).toEqual(['Mug'])
    expect(found?.files).toHaveLength(3)
    expect(found?.notes).toEqual(['Left out, since only one part has them: Cube, Mouse.'])
    expect(found?.window).toBe(200)
  })

  it('with tables beside them give labelled stretches, persons whole', async () => {
    const table = (rows: string) => `class,startTime_usec,endTime_usec\n${rows}`
    const tree = memoryTree({
      'user01_led.aedat': empty,
      'user01_led_labels.csv': table('1,100,200\n11,300,450\n'),
      'user24_lab.aedat': empty,
      'user24_lab_labels.csv': table('2,5,9\n'),
      'trials_to_train.txt': 'user01_led.aedat\n',
      'trials_to_test.txt': 'user24_lab.aedat\n',
    })
    const gestures = catalogueEntry('dvs128-gesture').tree?.layouts[0] as Layout
    const found = await list(gestures, tree)
    expect(found && parts(found)).toEqual({ 'user01_led.aedat': 'train', 'user24_lab.aedat': 'test' })
    expect(found?.files[0]).toMatchObject({
      recording: 'user01',
      cut: {
        kind: 'spans',
        unit: 'microseconds',
        spans: [
          { from: 100, to: 200, label: 0 },
          { from: 300, to: 450, label: 10 },
        ],
      },
    })
  })

  it('of SL-Animals-DVS are cut by event numbers', async () => {
    const files: Record<string, string | Uint8Array> = {}
    for (let person = 1; person <= 8; person++) {
      files[`allusers_aedat/user${person}_indoor.aedat`] = empty
      files[`tags/user${person}_indoor.csv`] = 'class,startTime_ev,endTime_ev\n1,0,500\n19,600,900\n'
    }
    const found = await list(
      annotatedRecordings({ classes: Array.from({ length: 19 }, (_, i) => String(i)), testShare: 0.25 }),
      memoryTree(files),
    )
    expect(found?.files.filter(({ part }) => part === 'test')).toHaveLength(2)
    expect(found?.files[0]?.cut).toMatchObject({
      unit: 'events',
      spans: [
        { from: 0, to: 500, label: 0 },
        { from: 600, to: 900, label: 18 },
      ],
    })
  })
})

describe('a folder of one’s own', () => {
  it('is recognised by what is in it', async () => {
    const first = async (paths: readonly string[]) => {
      for (const layout of userLayouts) if (await list(layout, filesOf(paths))) return layout.name
      return null
    }
    const ten = (name: (i: number) => string) => Array.from({ length: 10 }, (_, i) => name(i))
    expect(await first(ten((i) => `cat/${i}.png`))).toBe('image class folders')
    expect(await first(ten((i) => `wave/${i}.aedat4`))).toBe('event class folders')
    expect(await first(['train/a.raw', 'test/a.raw'])).toBe('class recordings')
    expect(await first(['notes.md', 'a.doc'])).toBeNull()
  })

  it('calls parts in many ways', () => {
    for (const name of ['train', 'Training', 'n-cars_train', 'shd_train', 'x train'])
      expect(partOfName(name)).toBe('train')
    for (const name of ['val', 'ssc_valid', 'Validation']) expect(partOfName(name)).toBe('validation')
    for (const name of ['strain', 'contest', 'trainer', 'cat']) expect(partOfName(name)).toBeNull()
  })
})
