/**
 * Dense matrix product 512³ and 3x3 convolution 128x16x16x32 -> 64 in f32 against jax-js and tfjs on the same adapter.
 * Run: node --import tsx bench/dense-against-peers.ts [rounds]
 */
import { writeFileSync } from 'node:fs'
import { openGpu } from '../src/index.js'
import { type Comparison, compare, markdown, ourConvolution, ourProduct, startPeers } from './against-peers.js'
import { saveResult } from './harness.js'

const rounds = Number(process.argv[2] ?? 7)
const gpu = await openGpu()
const { peers, missing } = await startPeers()
const product = { kind: 'product', m: 512, n: 512, k: 512 } as const
const convolution = { kind: 'convolution', images: 128, side: 16, inputs: 32, outputs: 64, kernel: 3 } as const
const comparisons: Comparison[] = []
for (const [ours, job] of [
  [await ourProduct(gpu, product), product],
  [await ourConvolution(gpu, convolution, null), convolution],
] as const) {
  comparisons.push(await compare(ours, peers, job, rounds))
  ours.release()
}
const file = saveResult(gpu, 'dense-against-peers', { comparisons, missing })
const text = markdown('Dense product and convolution against peers', comparisons, missing, gpu.name)
writeFileSync(file.replace(/json$/, 'md'), text)
console.log(text)
for (const peer of peers) peer.stop()
await gpu.close()
process.exit(0)
