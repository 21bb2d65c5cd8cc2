// The way of docs/data.md from an event file to batches: windows, augmentations, frames.
import {
  compose,
  countFrames,
  deriveSeed,
  eventSplit,
  fixedWindows,
  openEventFile,
  readEvents,
  sortRecording,
} from '../src/index.js'

/** Windows of 200 ms of a recording, each changed in its own way, counted into ten frames. */
export async function windowsOf(path: string, label: number, epoch: number, augment = 'stcf,jitter:500,drop') {
  const file = await openEventFile(path)
  const size = { width: file.width ?? 128, height: file.height ?? 128 }
  const windows = [...fixedWindows(await readEvents(file), size, { length: 200_000, leastEvents: 100 })]
  const pipeline = compose('events', augment)
  const changed = windows.map(({ recording }, sample) =>
    sortRecording(pipeline.apply(recording, { seed: deriveSeed(1), sample, epoch })),
  )
  const labels = Uint8Array.from(changed, () => label)
  return eventSplit(changed, labels, { timeSteps: 10, ...size })
}

/** The same window as a picture of where the events were: one frame, `[1, H, W, 2]`. */
export async function picture(path: string) {
  const file = await openEventFile(path)
  const size = { width: file.width ?? 128, height: file.height ?? 128 }
  const [first] = fixedWindows(await readEvents(file), size, { length: 200_000 })
  return first ? countFrames(first.recording, { by: 'duration', frames: 1 }) : null
}
