/**
 * Events a second of binning and filtering on the host and of binning on the GPU, on real recordings worked through again
 * and again until 100 MB of their files are done (5 bytes an event).
 * Run: node --import tsx bench/event-binning.ts [folder of .bs2 recordings of a 128 x 128 sensor]
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { compose } from '../src/datasets/augmentation/pipeline.js'
import { type EventBinning, packEventBatch } from '../src/datasets/events/event-batch.js'
import { readEvents } from '../src/datasets/events/event-reader.js'
import { confirmedEvents } from '../src/datasets/events/filters.js'
import { addFrames } from '../src/datasets/events/frames.js'
import { eventFramesSpec, GpuEventFrames } from '../src/datasets/events/gpu-frames.js'
import { openEventFile } from '../src/datasets/events/open-event-file.js'
import { downsample } from '../src/datasets/events/reshape.js'
import {
  countFrames,
  type EventRecording,
  eventCount,
  openGpu,
  recordingOf,
  spikeWords,
  voxelGrid,
} from '../src/index.js'
import { type Spread, saveResult, spread } from './harness.js'

const folder = process.argv[2] ?? join(process.env.NEUROMOTIF_TEST_DATA ?? '../shared/data', 'dvs128-gesture-samples')
const size = { width: 128, height: 128 }
const frames = 10
const bytesOfRun = 100e6
const runs = 3

const recordings: EventRecording[] = []
for (const name of readdirSync(folder).filter((file) => file.endsWith('.bs2'))) {
  const file = await openEventFile(join(folder, name), size)
  recordings.push(recordingOf(await readEvents(file), size))
}
const perPass = recordings.reduce((sum, recording) => sum + eventCount(recording), 0)
const passes = Math.ceil(bytesOfRun / (5 * perPass))
const duration = Math.max(...recordings.map((recording) => recording.duration))
const batch = recordings.map((recording) => ({ ...recording, duration }))
console.log(`${recordings.length} recordings, ${perPass} events, ${passes} passes a run`)

const byDuration = { by: 'duration', frames } as const
const counts = new Uint8Array(frames * 128 * 128 * 2)
const key = { seed: [1, 0], sample: 0, epoch: 0 } as const
const stcf = compose('events', 'stcf')
const each = (work: (recording: EventRecording) => unknown) => () => {
  for (const recording of batch) work(recording)
}

const host: Readonly<Record<string, () => void>> = {
  'frames by duration, 8 bits': each((recording) => addFrames(recording, byDuration, counts)),
  'frames by duration, 32 bits': each((recording) => countFrames(recording, byDuration)),
  'frames by count': each((recording) => countFrames(recording, { by: 'count', frames })),
  'voxel grid': each((recording) => voxelGrid(recording, { bins: frames })),
  'spikes as bits': each((recording) => spikeWords(recording, byDuration)),
  'down-sampling to 48 x 48': each((recording) => downsample(recording, { width: 48, height: 48 })),
  'background-activity filter': each((recording) => confirmedEvents(recording, size, { window: 10_000 })),
  'spatio-temporal crop and flip': each((recording) => stcf.apply(recording, key)),
}

const gpu = await openGpu()
const options = { batch: batch.length, ...size, capacity: perPass }
const count: EventBinning = { rule: byDuration }
const voxel: EventBinning = { voxelGrid: { bins: frames } }
const [counting, voxels] = [
  await GpuEventFrames.compile(gpu, count, options),
  await GpuEventFrames.compile(gpu, voxel, options),
]
const device: Readonly<Record<string, () => Promise<void>>> = {
  'GPU: packing for upload, on the host': async () =>
    void packEventBatch(batch, count, eventFramesSpec(count, options)),
  'GPU: frames by duration, with packing and upload': () => runOn(counting),
  'GPU: voxel grid, with packing and upload': () => runOn(voxels),
}

async function runOn(program: GpuEventFrames): Promise<void> {
  program.submit(batch)
  await program.wait()
}

/** Million events a second of each, in turn, so that what else the machine does falls on all alike. */
const results = new Map<string, number[]>()
/** The same by the processor time that the process took, which the rest of a busy machine does not change. */
const byProcessor = new Map<string, number[]>()
for (let run = -1; run < runs; run++) {
  for (const [name, work] of Object.entries({ ...host, ...device })) {
    // the first round warms up: code is compiled, pipelines are made
    const repeats = run < 0 ? 1 : passes
    const [start, used] = [performance.now(), process.cpuUsage()]
    for (let pass = 0; pass < repeats; pass++) await work()
    if (run < 0) continue
    const events = repeats * perPass
    const { user, system } = process.cpuUsage(used)
    results.set(name, [...(results.get(name) ?? []), events / (performance.now() - start) / 1000])
    byProcessor.set(name, [...(byProcessor.get(name) ?? []), events / (user + system)])
  }
}
const spreads = (all: ReadonlyMap<string, number[]>): Record<string, Spread> =>
  Object.fromEntries([...all].map(([name, values]) => [name, spread(values)]))
const [figures, processor] = [spreads(results), spreads(byProcessor)]
for (const [name, { median, low, high }] of Object.entries(figures)) {
  const own = processor[name]?.median.toFixed(1)
  console.log(
    `${name}: ${median.toFixed(1)} (${low.toFixed(1)}..${high.toFixed(1)}), ${own} a second of processor time`,
  )
}
console.log(
  saveResult(gpu, 'event-binning', {
    unit: 'million events a second',
    recordings: `${recordings.length} of ${folder.split('/').at(-1)}, ${perPass} events`,
    frames,
    eventsOfRun: passes * perPass,
    figures,
    perSecondOfProcessorTime: processor,
  }),
)
counting.release()
voxels.release()
await gpu.close()
process.exit(0)
