/**
 * Convolution and dense layer of spikes at several activities and channel counts, against the peers' dense convolution
 * and product of the same shape. A layer whose spikes are rare runs its kernel for those, as in a training.
 * Run: node --import tsx bench/spikes-against-peers.ts [rounds]
 */
import { writeFileSync } from 'node:fs'
import { openGpu } from '../src/index.js'
import { type Comparison, compare, markdown, ourConvolution, startPeers } from './against-peers.js'
import { saveResult } from './harness.js'

const rounds = Number(process.argv[2] ?? 3)
const gpu = await openGpu()
const { peers, missing } = await startPeers()
const comparisons: Comparison[] = []
const shapes = [
  { images: 128, side: 16, inputs: 32, outputs: 64, kernel: 3, activities: [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5] },
  { images: 128, side: 16, inputs: 4, outputs: 4, kernel: 3, activities: [0.1] },
  { images: 128, side: 16, inputs: 8, outputs: 8, kernel: 3, activities: [0.1] },
  { images: 128, side: 16, inputs: 16, outputs: 16, kernel: 3, activities: [0.01, 0.1] },
  { images: 128, side: 16, inputs: 32, outputs: 32, kernel: 3, activities: [0.01, 0.02, 0.1] },
] as const
for (const { activities, ...shape } of shapes)
  for (const activity of activities) {
    const job = { kind: 'convolution', ...shape } as const
    const ours = await ourConvolution(gpu, job, activity)
    comparisons.push(await compare(ours, peers, job, rounds))
    ours.release()
  }
// a dense layer of 2048 samples is a window of one pixel over 2048 pixels: one image of 32x64 would not be square
const layer = { kind: 'convolution', images: 8, side: 16, inputs: 512, outputs: 512, kernel: 1 } as const
for (const activity of [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5]) {
  const ours = await ourConvolution(gpu, layer, activity)
  comparisons.push(await compare(ours, peers, { kind: 'product', m: 2048, n: 512, k: 512 }, rounds))
  ours.release()
}
const file = saveResult(gpu, 'spikes-against-peers', { comparisons, missing })
const text = markdown('Spike convolution and dense layer against peers', comparisons, missing, gpu.name)
writeFileSync(file.replace(/json$/, 'md'), text)
console.log(text)
for (const peer of peers) peer.stop()
await gpu.close()
process.exit(0)
