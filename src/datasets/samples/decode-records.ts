/** Files of sets that are neither pictures nor recordings in a format of their own. */
import { FileFormatError } from '../../errors.js'
import type { TreeReading } from '../catalogue/entry.js'
import { readAffNist } from '../containers/matlab-layouts.js'
import { readNpy } from '../containers/npy.js'
import { numberAt } from '../containers/numeric-array.js'
import { cochleaChannels, openSpikingAudio } from '../containers/spiking-audio.js'
import type { ByteSource } from '../events/byte-source.js'
import { timeAt, timeHalves } from '../events/events.js'
import { cutRecording, sortEvents } from '../events/recording.js'
import { type DecodedFile, type DecodedSample, digestOf, type FileJob, stored } from './decode-files.js'
import type { OpenPlace } from './file-tree.js'

/** Reads the samples of one file. @throws FileFormatError when it is not laid out as its set's are */
export async function decodeRecords(
  { file, place }: FileJob,
  records: NonNullable<TreeReading['records']>,
  open: OpenPlace,
): Promise<DecodedFile> {
  const source = await open(place)
  try {
    if (records === 'affnist') return await affNistSamples(source)
    if (records === 'tactile' && file.cut.kind === 'whole') return await tactileSample(source, file.cut.label)
    if (records === 'spikes-hdf5' && file.cut.kind === 'records') return await audioSamples(source, file.cut.from ?? 0)
    throw new FileFormatError(source.name, 'is not laid out as the files of this set are.')
  } finally {
    await source.close?.()
  }
}

/** Spoken samples that are read in one go. */
const audioStretch = 256

/** Samples of SHD or SSC: from the start of the sound, which lies before the first spike, to the last one. */
async function audioSamples(source: ByteSource, from: number): Promise<DecodedFile> {
  const audio = await openSpikingAudio(source)
  const end = Math.min(audio.count, from + audioStretch)
  const size = { width: cochleaChannels, height: 1 }
  const samples: DecodedSample[] = []
  for (let i = from; i < end; i++) {
    const events = sortEvents(await audio.read(i))
    const last = events.count > 0 ? timeAt(timeHalves(events.t), events.count - 1) : 0
    samples.push(await stored(cutRecording(events, size, 0, last + 1), audio.labels[i] as number))
  }
  const { classes } = audio
  return { samples, ...size, channels: 1, warnings: [], more: end < audio.count, ...(classes && { classes }) }
}

async function affNistSamples(source: ByteSource): Promise<DecodedFile> {
  const { count, height, width, channels, pixels, labels } = await readAffNist(source)
  const size = height * width * channels
  const samples: DecodedSample[] = []
  for (let i = 0; i < count; i++) {
    const bytes = pixels.slice(i * size, (i + 1) * size)
    const sample = { label: labels[i] as number, bytes, events: 0, on: 0, duration: 0, digest: await digestOf(bytes) }
    // a batch has one map of every digit, all in one order: the maps of a digit stay together
    samples.push({ ...sample, recording: i })
  }
  return { samples, width, height, channels, warnings: [] }
}

/** Microseconds that a step of a tactile sample is given: its file has steps and no clock. */
const stepMicroseconds = 1000

/**
 * A dense spike array of taxels, polarities and steps, in any order of axes: the longest is time, one of length 2 is
 * polarity, what is left are taxels. Every value that is not zero is an event of a millisecond's step.
 */
async function tactileSample(source: ByteSource, label: number): Promise<DecodedFile> {
  const array = await readNpy(source)
  const { shape } = array
  const time = shape.indexOf(Math.max(...shape))
  const polarity = shape.findIndex((size, axis) => size === 2 && axis !== time)
  const taxel = [0, 1, 2].find((axis) => axis !== time && axis !== polarity)
  if (shape.length !== 3 || polarity < 0 || taxel === undefined || array.kind !== 'numbers') {
    throw new FileFormatError(
      source.name,
      `must be numbers of taxels, 2 polarities and steps; it is [${shape.join(', ')}].`,
    )
  }
  const strides = [(shape[1] as number) * (shape[2] as number), shape[2] as number, 1] as const
  const [x, t, sign]: [number[], number[], number[]] = [[], [], []]
  const [steps, taxels] = [shape[time] as number, shape[taxel] as number]
  for (let step = 0; step < steps; step++) {
    for (let column = 0; column < taxels; column++) {
      for (let side = 0; side < 2; side++) {
        const at = step * strides[time as 0] + column * strides[taxel as 0] + side * strides[polarity as 0]
        if (numberAt(array.data, at) === 0) continue
        x.push(column)
        t.push(step * stepMicroseconds)
        sign.push(side)
      }
    }
  }
  const recording = {
    width: taxels,
    height: 1,
    duration: steps * stepMicroseconds,
    x: Uint16Array.from(x),
    y: new Uint16Array(x.length),
    t: Uint32Array.from(t),
    polarity: Uint8Array.from(sign),
  }
  return { samples: [await stored(recording, label)], width: taxels, height: 1, channels: 2, warnings: [] }
}
