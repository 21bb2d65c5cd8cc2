/**
 * Genomes scored a second at the size the method is usually timed at: batch 100, one batch, one weight seed, 32x32x3,
 * T = 4, C = 16, 6 cells, cell types mixed; and where the time goes, by kernel.
 * Run: node --import tsx bench/genomes-per-second.ts [genomes] [all]
 */
import { availableParallelism } from 'node:os'
import { openGpu } from '../src/index.js'
import { GpuEvaluator } from '../src/nas/gpu-evaluator.js'
import { type IndicatorName, indicatorNames } from '../src/nas/types.js'
import { kernelVersion } from '../src/runtime/kernel-version.js'
import { baselineSpace, imageBatch, randomArchitectures } from './genomes.js'
import { saveResult, spread } from './harness.js'

const count = Number(process.argv[2] ?? 9)
const indicators: readonly IndicatorName[] =
  process.argv[3] === 'all' ? indicatorNames : ['hammingMean', 'manhattanSum']
const gpu = await openGpu()
const batch = imageBatch(baselineSpace, 100)
const evaluator = new GpuEvaluator(gpu, {
  timeSteps: 4,
  batches: [batch],
  indicators,
  seed: 1,
  weightSeeds: 1,
  dataFingerprint: 'waves',
  kernelVersion,
})

const architectures = randomArchitectures(baselineSpace)
const seconds: number[] = []
const processor: number[] = []
const rows: unknown[] = []
let dense = 0
for (let index = -3; index < count; index++) {
  const spec = architectures.next().value
  const [cpu, start] = [process.cpuUsage(), performance.now()]
  const outcome = await evaluator.evaluate(spec)
  const taken = (performance.now() - start) / 1000
  const used = process.cpuUsage(cpu)
  // the first of each cell type warms up shaders and buffers
  if (index < 0) continue
  seconds.push(taken)
  // CPU time over the cores: what a genome takes where nothing else runs
  processor.push((used.user + used.system) / 1e6 / availableParallelism())
  const denseGigaflops = (2 * spec.macsPerStep * 4 * 100) / 1e9
  const executed = outcome.status === 'scored' ? (2 * outcome.synapticOperations * 100) / 1e9 : 0
  dense += denseGigaflops
  rows.push({ key: spec.key, seconds: taken, denseGigaflops, synapticGigaops: executed, status: outcome.status })
  console.log(
    `${spec.key.padEnd(56)} ${taken.toFixed(2)} s, ${denseGigaflops.toFixed(0)} GFLOP dense, ${executed.toFixed(1)} G synaptic operations`,
  )
}
const total = seconds.reduce((sum, value) => sum + value, 0)
const result = {
  genomesPerSecond: count / total,
  genomesPerProcessorSecond: count / processor.reduce((sum, value) => sum + value, 0),
  processorSecondsPerGenome: spread(processor),
  secondsPerGenome: spread(seconds),
  denseGigaflopsPerGenome: dense / count,
  denseGigaflopsPerSecond: dense / total,
  indicators,
  pipelines: gpu.pipelines.count,
  memory: gpu.buffers.counters,
  genomes: rows,
}
console.log(
  `${result.genomesPerSecond.toFixed(3)} genomes/s by wall time, ${result.genomesPerProcessorSecond.toFixed(3)} by CPU time over the cores, ${result.denseGigaflopsPerSecond.toFixed(1)} dense-equivalent GFLOP/s`,
)
console.log(saveResult(gpu, `genomes-per-second${indicators.length > 2 ? '-all' : ''}`, result))
await gpu.close()
process.exit(0)
