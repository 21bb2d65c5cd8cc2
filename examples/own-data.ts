// The data sets of docs/data.md: pictures and event recordings of your own as Dataset objects.
import {
  channelStatistics,
  type Dataset,
  type EventRecording,
  eventSplit,
  fingerprintOf,
  type ImageSplit,
  makeSplits,
} from '../src/index.js'

/** Pictures that you have decoded: `pixels` is `[N, H, W, C]`, a byte a value, `labels` `[N]`. */
export async function ownImages(train: ImageSplit, test: ImageSplit, classes: readonly string[]): Promise<Dataset> {
  const splits = makeSplits({ train, test }, { seed: 1, validation: 0.2 })
  return {
    name: 'own-images',
    title: 'Pictures of my own',
    classes,
    source: 'made here',
    licence: 'mine',
    citation: '',
    ...splits,
    ...channelStatistics(splits.train),
    fingerprint: await fingerprintOf(splits),
  }
}

/** Recordings of an event camera, counted into `timeSteps` frames. */
export const ownEvents = (recordings: readonly EventRecording[], labels: Uint8Array, side: number, timeSteps: number) =>
  eventSplit(recordings, labels, { timeSteps, height: side, width: side })
