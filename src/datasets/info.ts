import { formatEventStatistics } from './samples/event-statistics.js'
import { contentOf, timeStepsOf } from './splits.js'
import type { Dataset, Labels, RecordedFacts, Split } from './types.js'

export interface SplitInfo {
  readonly count: number
  /** Samples of each class, in the order of the classes. */
  readonly perClass: readonly number[]
}

/** What there is to say of a data set; plain values, ready for JSON. */
export interface DatasetInfo {
  readonly name: string
  readonly title: string
  readonly kind: 'image' | 'event'
  /** Axes of one sample with their sizes: `H W C`, events `T H W C`. */
  readonly shape: Readonly<Record<string, number>>
  readonly classes: readonly string[]
  readonly train: SplitInfo
  readonly validation: SplitInfo
  readonly test: SplitInfo
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
  readonly source: string
  readonly licence: string
  readonly citation: string
  readonly fingerprint: string
  /** Of event sets read from files: the sensor, how the parts came about, and how many events there are. */
  readonly recorded?: Omit<RecordedFacts, 'recording'>
}

/** Collects a data set's facts. */
export function datasetInfo(dataset: Dataset): DatasetInfo {
  const { name, title, classes, train, validation, test, mean, deviation } = dataset
  const { source, licence, citation, fingerprint } = dataset
  const shape = {
    ...(contentOf(train) === 'event' && { T: timeStepsOf(train) }),
    H: train.height,
    W: train.width,
    C: train.channels,
  }
  const facts = (split: Split) => ({ count: split.count, perClass: classCounts(split.labels, classes.length) })
  return {
    name,
    title,
    kind: contentOf(train),
    shape,
    classes,
    train: facts(train),
    validation: facts(validation),
    test: facts(test),
    mean,
    deviation,
    source,
    licence,
    citation,
    fingerprint,
    ...(dataset.recorded && { recorded: withoutReader(dataset.recorded) }),
  }
}

const withoutReader = ({ width, height, split, statistics }: RecordedFacts) => ({ width, height, split, statistics })

/** Samples of each class, `[classes]`. */
export function classCounts(labels: Labels, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0)
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1
  return counts
}

/** The facts as lines of text for a terminal. */
export function formatDatasetInfo(info: DatasetInfo): string {
  const fixed = (values: readonly number[]) => values.map((value) => value.toFixed(4)).join(' ')
  const lines: [string, string][] = [
    ['name', `${info.name} (${info.title})`],
    [
      'sample',
      `${info.kind}, ${Object.entries(info.shape)
        .map(([axis, size]) => `${axis} ${size}`)
        .join(', ')}`,
    ],
    ['samples', `${info.train.count} train, ${info.validation.count} validation, ${info.test.count} test`],
    ['mean', fixed(info.mean)],
    ['deviation', fixed(info.deviation)],
    ['source', info.source],
    ['licence', info.licence],
    ['citation', info.citation],
    ['fingerprint', info.fingerprint],
    ...recordedLines(info),
  ]
  const width = Math.max(5, ...info.classes.map((name) => name.length))
  const row = (cells: readonly (string | number)[]) =>
    `  ${String(cells[0]).padEnd(width)}${cells
      .slice(1)
      .map((cell) => String(cell).padStart(12))
      .join('')}`
  const table = info.classes.map((name, i) =>
    row([name, info.train.perClass[i] ?? 0, info.validation.perClass[i] ?? 0, info.test.perClass[i] ?? 0]),
  )
  return [
    ...lines.map(([key, value]) => `${key.padEnd(12)}${value}`),
    row(['class', 'train', 'validation', 'test']),
    ...table,
  ].join('\n')
}

function recordedLines({ recorded }: DatasetInfo): [string, string][] {
  if (!recorded) return []
  const parts = Object.entries(recorded.statistics).map(([part, found]): [string, string] => [
    `in ${part}`,
    formatEventStatistics(found),
  ])
  return [['sensor', `${recorded.width} x ${recorded.height}`], ['split', recorded.split], ...parts]
}
