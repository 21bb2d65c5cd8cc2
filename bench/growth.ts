/**
 * How the time of a training step grows with batch, time steps, channels, and how a search's with its population; each
 * from small to large and back, so that other work on the machine shows as spread. Plots beside the numbers.
 * Run: flock /path/to/lock node --import tsx bench/growth.ts
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { convLif } from '../src/experiment/named-network.js'
import { randomFloats } from '../src/experiment/profile/fill.js'
import { fixedBatch, GpuEvaluator, Model, openGpu } from '../src/index.js'
import { decode } from '../src/nas/decode.js'
import { geneBounds } from '../src/nas/genome.js'
import { uniformGenome } from '../src/nas/operators.js'
import { renderPlot } from '../src/report/plots/render-plot.js'
import { standaloneSvg } from '../src/report/plots/standalone.js'
import { type Panel, palette, plotFrame } from '../src/report/plots/theme.js'
import { kernelVersion } from '../src/runtime/kernel-version.js'
import { deriveSeed, RandomSequence, RandomStream } from '../src/runtime/philox.js'
import { type Spread, saveResult, spread } from './harness.js'

const gpu = await openGpu()
const base = { batch: 16, timeSteps: 4, width: 16, side: 28 }
type Size = typeof base

/** Seconds of single training steps. */
async function stepSeconds(size: Size, runs: number): Promise<number[]> {
  const model = new Model(gpu, {
    layer: convLif(size.width, 10),
    input: { height: size.side, width: size.side, channels: 1, perStep: false },
    classes: 10,
    timeSteps: size.timeSteps,
    statistics: 'pooled',
    architecture: 'growth',
  })
  await model.memory.initialize([1, 0])
  const program = await model.compileTraining({
    batch: size.batch,
    optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0, nesterov: false },
    labelSmoothing: 0,
    maxNorm: null,
    recompute: false,
    dropPathSeed: null,
  })
  try {
    program.write('input', randomFloats(size.batch * size.side * size.side))
    program.write('labels', new Uint32Array(size.batch))
    program.setStep('optimizer', [0, 1, 1, 0])
    program.run()
    await program.wait()
    const times: number[] = []
    for (let run = 0; run < runs; run++) {
      const start = performance.now()
      program.run()
      await gpu.device.queue.onSubmittedWorkDone()
      times.push((performance.now() - start) / 1000)
    }
    return times
  } finally {
    program.release()
    model.release()
  }
}

interface Point {
  readonly value: number
  readonly seconds: Spread
}

async function grow(axis: keyof Size, values: readonly number[]): Promise<Point[]> {
  const times = new Map<number, number[]>(values.map((value) => [value, []]))
  for (const value of [...values, ...[...values].reverse()])
    times.get(value)?.push(...(await stepSeconds({ ...base, [axis]: value }, 2)))
  return [...times].map(([value, seconds]) => ({ value, seconds: spread(seconds) }))
}

/** Seconds to score so many genomes, one after the other, by the search's own evaluator. */
async function populations(sizes: readonly number[]): Promise<Point[]> {
  const pixels = Uint8Array.from({ length: 32 * 16 * 16 }, (_, i) => (i * 37) % 251)
  const split = {
    kind: 'image',
    count: 32,
    height: 16,
    width: 16,
    channels: 1,
    pixels,
    labels: new Uint8Array(32),
  } as const
  const batch = fixedBatch(split, { mean: [0.5], deviation: [0.25], batch: 32, seed: 1, index: 0 })
  const evaluator = new GpuEvaluator(gpu, {
    timeSteps: 2,
    batches: [batch],
    indicators: ['hammingMean'],
    seed: 1,
    weightSeeds: 1,
    dataFingerprint: 'growth',
    kernelVersion,
  })
  const space = {
    semantics: 'clean',
    cells: 6,
    width: 4,
    side: 16,
    inputChannels: 1,
    classes: 10,
    event: false,
  } as const
  const ranges = geneBounds(6).map(({ low, high }) => ({ lower: low, upper: high }))
  const random = new RandomSequence(deriveSeed(1, 'growth'), RandomStream.evolution)
  const genomes = Array.from({ length: Math.max(...sizes) }, () => uniformGenome(ranges, random))
  for (const genome of genomes.slice(0, 4)) await evaluator.evaluate(decode(genome, space))
  const points: Point[] = []
  for (const size of sizes) {
    const seconds: number[] = []
    for (let repeat = 0; repeat < 2; repeat++) {
      const start = performance.now()
      for (const genome of genomes.slice(0, size)) await evaluator.evaluate(decode(genome, space))
      seconds.push((performance.now() - start) / 1000)
    }
    points.push({ value: size, seconds: spread(seconds) })
  }
  return points
}

const axes = {
  batch: { title: 'samples a batch', points: await grow('batch', [4, 8, 16, 32]) },
  timeSteps: { title: 'time steps', points: await grow('timeSteps', [1, 2, 4, 8]) },
  width: { title: 'channels of the first convolution', points: await grow('width', [4, 8, 16, 32]) },
  population: { title: 'genomes scored', points: await populations([1, 2, 4, 8]) },
}

function panel(title: string, points: readonly Point[]): Panel {
  const rows = points.map(({ value, seconds }) => ({ value, ...seconds }))
  const first = rows[0] ?? { value: 1, median: 1 }
  const x = {
    field: 'value',
    type: 'quantitative',
    scale: { type: 'log', base: 2 },
    axis: { title, values: rows.map((row) => row.value), format: 'd', grid: false },
  } as const
  const y = {
    type: 'quantitative',
    scale: { type: 'log' },
    axis: { title: 'seconds', format: '~g', tickCount: 5 },
  } as const
  return {
    width: 230,
    height: 220,
    layer: [
      {
        data: {
          values: rows.map((row) => ({ value: row.value, proportional: (first.median * row.value) / first.value })),
        },
        mark: { type: 'line', color: palette.grey, strokeDash: [4, 4] },
        encoding: { x, y: { ...y, field: 'proportional' } },
      },
      {
        data: { values: rows },
        mark: { type: 'rule', color: palette.blue },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      {
        data: { values: rows },
        mark: { type: 'line', color: palette.blue, point: { filled: true, color: palette.blue } },
        encoding: { x, y: { ...y, field: 'median' } },
      },
    ],
  }
}

for (const [name, { points }] of Object.entries(axes))
  console.log(name, points.map(({ value, seconds }) => `${value}: ${seconds.median.toFixed(3)} s`).join(', '))
const file = saveResult(gpu, 'growth', { base, axes })
const drawing = await renderPlot(
  'growth',
  { ...plotFrame, hconcat: Object.values(axes).map(({ title, points }) => panel(title, points)) },
  'Time against batch, time steps, channels and population; the dashed line is proportional growth',
)
mkdirSync('bench/results/software', { recursive: true })
writeFileSync(join(file.replace(/\.json$/, '.svg')), standaloneSvg(drawing))
console.log(file)
await gpu.close()
process.exit(0)
