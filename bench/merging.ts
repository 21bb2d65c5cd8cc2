/**
 * Convolutions that read the same spikes through the same window: several of them against a single wider one. Forward,
 * gradient by the input (where the second of several adds to what the first has left) and gradient by the weights.
 * Run: node --import tsx bench/merging.ts [rounds]
 */
import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { Graph } from '../src/graph/graph.js'
import { Program } from '../src/graph/program.js'
import { openGpu } from '../src/index.js'
import { ModelMemory } from '../src/nn/memory.js'
import { ParameterTable } from '../src/nn/parameters.js'
import { traceConvolution } from '../src/ops/convolution.js'
import { inputGradientOp, weightGradientOp } from '../src/ops/convolution-gradient.js'
import type { Value } from '../src/ops/op.js'
import { packSpikes } from '../src/properties/slabbed-io.js'
import { RandomSequence, RandomStream } from '../src/runtime/philox.js'
import { newJob, type Spread, saveResult, spread, timeInTurns } from './harness.js'

const rounds = Number(process.argv[2] ?? 7)
const gpu = await openGpu()
const passes = ['forward', 'inputGradient', 'weightGradient'] as const
type Pass = (typeof passes)[number]

/** Spikes a neuron and step: what untrained networks fire. */
const activity = 0.25
/** Multiply-adds of one convolution of those that are merged: some milliseconds. */
const work = 4e7

interface Shape {
  readonly channels: number
  /** Output channels of each convolution. */
  readonly outputs: readonly number[]
  readonly kernel: number
  readonly side: number
}

interface Bench {
  readonly program: Program
  readonly release: () => void
}

/** Sixteen random images over and over. */
function repeated(images: number, perImage: number, draw: (random: RandomSequence) => number): Float32Array {
  const random = new RandomSequence([2, 0], RandomStream.syntheticData)
  const some = Float32Array.from({ length: Math.min(images, 16) * perImage }, () => draw(random))
  return Float32Array.from({ length: images * perImage }, (_, index) => some[index % some.length] ?? 0)
}

async function build({ channels, kernel, side }: Shape, outputs: readonly number[], batch: number): Promise<Bench> {
  const parameters = new ParameterTable()
  const names = outputs.map((_, index) => `weights${index}`)
  names.forEach((name, index) => {
    const bound = 1 / Math.sqrt(channels * kernel * kernel)
    parameters.declare(name, [kernel, kernel, channels, outputs[index] as number], { kind: 'uniform', bound })
  })
  const memory = new ModelMemory(gpu, parameters, new ParameterTable())
  const graph = new Graph()
  const input = { steps: 1, batch, height: side, width: side, channels }
  const x = graph.activation('spikes', input, 'x', { kind: 'slot', name: 'x' })
  const elements = (name: string) => parameters.get(name)?.elements ?? 0
  const weights = names.map((name) => graph.raw('f32', elements(name), name, { storage: { kind: 'parameter', name } }))
  const attributes = (index: number) => ({
    kernel,
    stride: 1,
    padding: (kernel - 1) / 2,
    branches: [{ channels: outputs[index] as number, crop: 0 }],
  })
  graph.region = 'forward'
  const ys = weights.map(
    (weight, index) => traceConvolution(graph, x, [weight], { ...attributes(index), moments: true }).y,
  )
  const dys = ys.map((y, index) =>
    graph.activation('f32', { ...input, channels: outputs[index] as number }, `d ${y.label}`, {
      kind: 'slot',
      name: `dy${index}`,
    }),
  )
  graph.region = 'inputGradient'
  let dx: Value | null = null
  dys.forEach((dy, index) => {
    const next: Value = dx ? graph.alias(dx, 'dx') : graph.activation('f32', input, 'dx')
    const backward = { ...attributes(index), bias: false, moments: false, input, accumulate: dx !== null }
    graph.emit(inputGradientOp, [dy, weights[index] as Value, ...(dx ? [dx] : [])], [next], backward)
    dx = next
  })
  graph.region = 'weightGradient'
  dys.forEach((dy, index) => {
    const name = names[index] as string
    const gradient = graph.raw('f32', elements(name), `d ${name}`, { storage: { kind: 'gradient', name } })
    const backward = { ...attributes(index), bias: false, moments: false, input, accumulate: false, branch: 0 }
    graph.emit(weightGradientOp, [x, dy], [gradient], backward)
  })
  const program = await Program.compile(gpu, graph, memory)
  await memory.initialize([1, 0])
  const perImage = side * side * channels
  const bits = repeated(batch, perImage, (random) => Number(random.next() < activity))
  program.write('x', packSpikes(bits, batch))
  outputs.forEach((count, index) => {
    program.write(
      `dy${index}`,
      repeated(batch, side * side * count, (random) => random.next() - 0.5),
    )
  })
  return {
    program,
    release() {
      program.release()
      memory.release()
    },
  }
}

interface Row extends Shape {
  readonly batch: number
  readonly pass: Pass
  readonly apart: Spread
  readonly merged: Spread
  /** Time apart over time merged, of each round. */
  readonly gain: Spread
}

async function measure(shape: Shape): Promise<Row[]> {
  const { channels, outputs, kernel, side } = shape
  const widest = Math.max(...outputs)
  const batch = Math.max(1, Math.round(work / (side * side * channels * widest * kernel * kernel)))
  const sum = outputs.reduce((total, count) => total + count, 0)
  const [apart, merged] = [await build(shape, outputs, batch), await build(shape, [sum], batch)]
  const rows: Row[] = []
  for (const pass of passes) {
    const jobs = [newJob('apart', () => apart.program.run(pass)), newJob('merged', () => merged.program.run(pass))]
    await timeInTurns(gpu, jobs, rounds, 2)
    const [one, other] = jobs.map((job) => job.times) as [number[], number[]]
    const gain = spread(one.map((time, index) => time / (other[index] as number)))
    rows.push({ ...shape, batch, pass, apart: spread(one), merged: spread(other), gain })
    console.log(line(rows[rows.length - 1] as Row))
  }
  apart.release()
  merged.release()
  return rows
}

const digits = (value: number) => value.toFixed(2)
const range = ({ median, low, high }: Spread) => `${digits(median)} (${digits(low)} to ${digits(high)})`
const line = (row: Row) =>
  `| ${row.kernel}x${row.kernel} | ${row.channels} > ${row.outputs.join(' + ')} | ${row.side} | ${row.batch} | ${row.pass} | ${digits(row.apart.median)} | ${digits(row.merged.median)} | ${range(row.gain)} |`

const shapes: Shape[] = [
  ...[1, 3, 5].flatMap((kernel) => [
    { kernel, channels: 8, outputs: [8, 8], side: 32 },
    { kernel, channels: 16, outputs: [16, 16], side: 32 },
    { kernel, channels: 32, outputs: [32, 32], side: 16 },
  ]),
  // inputs of the search's first cells, and the widest pair of its last
  { kernel: 1, channels: 48, outputs: [16, 16, 16, 16], side: 32 },
  { kernel: 3, channels: 128, outputs: [128, 128], side: 4 },
]
const rows: Row[] = []
for (const shape of shapes) rows.push(...(await measure(shape)))
const file = saveResult(gpu, 'merging', { rounds, activity, rows })
const table = `# Convolutions of the same spikes, apart and merged

${gpu.name}, load ${loadavg()[0]?.toFixed(0)}.
${rounds} rounds in which both run; median milliseconds, and the gain (apart / merged) of single rounds with lowest and
highest. A software adapter is timed by its use of the processors, divided by their number. ${activity * 100} % of the spikes are set.

| window | channels | side | images | pass | apart ms | merged ms | gain |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.map(line).join('\n')}
`
writeFileSync(file.replace(/\.json$/, '.md'), table)
console.log(file)
await gpu.close()
process.exit(0)
