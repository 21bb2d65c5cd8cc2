/** Loading data for a command: its options, progress and notices. */
import { type Command, Option } from 'commander'
import { divideTransforms } from '../datasets/augmentation/domains.js'
import { type LoadOptions, loadDataset } from '../datasets/load.js'
import type { LoadProgress } from '../datasets/samples/load-tree.js'
import type { Dataset } from '../datasets/types.js'
import { OptionError } from '../errors.js'
import type { DataSettings } from '../experiment/settings.js'
import { decimalNumber, wholeNumber } from './options.js'
import type { Output } from './output.js'
import { type Progress, startProgress } from './progress.js'

export interface DataFlags {
  readonly from?: string
  readonly offline?: boolean
  readonly frames?: number
  readonly framesBy?: 'duration' | 'time' | 'count'
  readonly window?: number
  readonly side?: number
  readonly workers?: number
  readonly memory?: number
}

/** Options of every command that loads data. */
export const addDataOptions = (command: Command): Command =>
  command
    .option('--from <path>', 'folder or archive that holds the data set’s files')
    .option('--offline', 'fetch nothing')
    .option('--frames <n>', 'event sets: frames of a sample, the network’s time steps', wholeNumber(1))
    .addOption(
      new Option(
        '--frames-by <rule>',
        'event sets: frames of equal length, of equal length between events, or of equal counts',
      ).choices(['duration', 'time', 'count']),
    )
    .option('--window <ms>', 'event sets: cut recordings into windows of so many milliseconds', decimalNumber)
    .option('--side <pixels>', 'event sets: reduce frames to this side', wholeNumber(1))
    .option('--workers <n>', 'threads that read data (default: one less than there are cores)', wholeNumber(0))
    .option('--memory <MiB>', 'samples held in memory; larger sets are read as needed (default: 512)', wholeNumber(1))

/** Settings that the options set. */
export const dataOverrides = ({ frames, framesBy, window, side }: DataFlags): DataSettings =>
  dropUndefined({ frames, by: framesBy, window, side })

/** What a command knows of the data that it wants. */
export interface DataWish {
  readonly dataset: string
  readonly seed: number
  readonly data: DataSettings
  /** Only transforms of recordings matter here; those of frames are the trainer's. */
  readonly training?: { readonly augment: string }
}

/** @param extra fallback: take the shipped digits when the set cannot be had; recordings: keep them at hand */
export async function loadForCommand(
  wish: DataWish,
  flags: DataFlags,
  output: Output,
  signal: AbortSignal,
  extra: Pick<LoadOptions, 'fallback' | 'recordings'> = {},
): Promise<Dataset> {
  const progress = loadingProgress()
  const { frames, by, window, side } = wish.data
  const augment = wish.training ? divideTransforms(wish.training.augment).events : []
  try {
    return await loadDataset(wish.dataset, {
      seed: wish.seed,
      signal,
      ...extra,
      notice: (text) => output.say(text),
      onProgress: progress.fetching,
      onLoad: progress.loading,
      ...dropUndefined({ frames, by, window, side }),
      ...(augment.length > 0 ? { augment } : {}),
      ...sourceOptions(flags),
    })
  } finally {
    progress.finish()
  }
}

/** Where data come from and what reading them may take. */
export function sourceOptions({ from, offline, workers, memory }: DataFlags): LoadOptions {
  if (from !== undefined && from.trim() === '') throw new OptionError('--from', 'must name a folder or an archive.')
  return {
    ...(from === undefined ? {} : { from }),
    ...(offline ? { origins: ['system', 'cache'] as const } : {}),
    ...(workers === undefined ? {} : { workers }),
    ...(memory === undefined ? {} : { memory: memory * 2 ** 20 }),
  }
}

/** Exact optional properties take no undefined. */
export const dropUndefined = <T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as never

/** Bars for what is fetched and for what is read, one after the other. */
function loadingProgress() {
  let bar: Progress | null = null
  let shown = ''
  const show = (title: string, total: number, unit: string, done: number) => {
    if (title !== shown) {
      bar?.finish()
      shown = title
      bar = startProgress(title, total, unit)
    }
    bar?.update(done)
  }
  return {
    fetching: ({
      file,
      receivedBytes,
      totalBytes,
    }: {
      file: string
      receivedBytes: number
      totalBytes: number | null
    }) => show(`fetching ${file}`, totalBytes ?? 0, 'B', receivedBytes),
    loading: ({ stage, done, total }: LoadProgress) =>
      show(
        stage === 'reading' ? 'reading files' : 'counting frames',
        total,
        stage === 'reading' ? 'files' : 'samples',
        done,
      ),
    finish: () => bar?.finish(),
  }
}
