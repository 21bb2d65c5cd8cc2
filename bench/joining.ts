/**
 * What could be gained by joining the work of several genomes into one dispatch: an upper bound.
 * A node of a genome (convolution with moments, norm, neurons, column counts) as N chains of dispatches, one for each
 * genome, against one chain with N times the images, as if all genomes had the same weights. Then, of whole genomes, what
 * is paid for each dispatch, and what the host takes to plan one.
 * Run: node --import tsx bench/joining.ts [rounds]
 */
import { writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { Graph } from '../src/graph/graph.js'
import { planGraph } from '../src/graph/plan.js'
import { Program } from '../src/graph/program.js'
import { openGpu } from '../src/index.js'
import { traceArchitecture } from '../src/nas/network.js'
import type { SearchSpace } from '../src/nas/types.js'
import { ModelMemory } from '../src/nn/memory.js'
import { Model } from '../src/nn/model.js'
import { ParameterTable } from '../src/nn/parameters.js'
import { traceBatchNorm } from '../src/ops/batch-norm.js'
import { traceCombine } from '../src/ops/combine.js'
import { traceConvolution } from '../src/ops/convolution.js'
import { traceColumnPairs } from '../src/ops/dissimilarity.js'
import { fillKernel } from '../src/ops/fill.js'
import { mseNasLif, traceLif } from '../src/ops/lif.js'
import { elementsOf } from '../src/ops/op.js'
import { packParameters } from '../src/runtime/kernel.js'
import { philoxFill, RandomStream } from '../src/runtime/philox.js'
import { baselineSpace, imageBatch, randomArchitectures } from './genomes.js'
import { newJob, type Spread, saveResult, spread, timeInTurns } from './harness.js'

const rounds = Number(process.argv[2] ?? 7)
const gpu = await openGpu()

interface Place {
  readonly name: string
  readonly channels: number
  readonly side: number
  readonly batch: number
  readonly kernel: number
  /** Genomes that are joined. */
  readonly counts: readonly number[]
}

interface Chains {
  readonly program: Program
  readonly workgroups: readonly number[]
  readonly release: () => void
}

const steps = 4

/** `chains` nodes of the search's networks beside each other, each for `batch` samples. */
async function chainsOf({ channels, side, kernel }: Place, batch: number, chains: number): Promise<Chains> {
  const parameters = new ParameterTable()
  const constant = (value: number) => ({ kind: 'constant', value }) as const
  const bound = 1 / Math.sqrt(channels * kernel * kernel)
  const names = {
    weights: parameters.declare('weights', [kernel, kernel, channels, channels], { kind: 'uniform', bound }),
    gamma: parameters.declare('gamma', [channels], constant(1)),
    beta: parameters.declare('beta', [channels], constant(0)),
  }
  const memory = new ModelMemory(gpu, parameters, new ParameterTable())
  const graph = new Graph()
  const parameter = (name: keyof typeof names) =>
    graph.raw('f32', names[name].elements, name, { storage: { kind: 'parameter', name } })
  const shape = { steps, batch, height: side, width: side, channels }
  const branches = [{ channels, crop: 0 }]
  for (let chain = 0; chain < chains; chain++) {
    const x = graph.activation('spikes', shape, 'x', { kind: 'slot', name: `x${chain}` })
    const attributes = { kernel, stride: 1, padding: (kernel - 1) / 2, branches, moments: true }
    const { y, moments } = traceConvolution(graph, x, [parameter('weights')], attributes)
    const norm = traceBatchNorm(graph, y, moments, {
      gamma: parameter('gamma'),
      beta: parameter('beta'),
      running: null,
      mode: 'train',
      statistics: 'perStep',
    })
    const node = traceCombine(graph, [{ x: y, norm, sign: 'excitatory' }])
    traceColumnPairs(
      graph,
      traceLif(graph, node, { parameters: mseNasLif, timeSteps: steps }).spikes,
      `columns${chain}`,
    )
  }
  const { dispatches } = planGraph(graph, memory, gpu.maxBinding, 1, gpu.variants)
  const program = await Program.compile(gpu, graph, memory, { name: 'chains' })
  await memory.initialize([1, 0])
  const elements = elementsOf('spikes', shape)
  const [one, other] = [0, 1].map((draw) => philoxFill([2, 0], RandomStream.syntheticData, draw, 0, elements))
  // both of two even bits: a quarter of the neurons fires
  const spikes = Uint32Array.from(one ?? [], (word, index) => (word & (other?.[index] ?? 0)) >>> 0)
  for (let chain = 0; chain < chains; chain++) program.write(`x${chain}`, spikes)
  return {
    program,
    workgroups: dispatches.map(({ invocations, kernel }) => Math.ceil(invocations / kernel.workgroupSize)),
    release() {
      program.release()
      memory.release()
    },
  }
}

interface JoinRow extends Omit<Place, 'counts'> {
  readonly genomes: number
  readonly apart: Spread
  readonly joined: Spread
  readonly gain: Spread
  readonly dispatches: number
  readonly joinedDispatches: number
  /** Median workgroups of a dispatch of a single genome. */
  readonly workgroups: number
}

const middle = (values: readonly number[]) => spread(values).median

async function measureJoining(place: Place): Promise<JoinRow[]> {
  const rows: JoinRow[] = []
  for (const genomes of place.counts) {
    const apart = await chainsOf(place, place.batch, genomes)
    const joined = await chainsOf(place, place.batch * genomes, 1)
    const jobs = [newJob('apart', () => apart.program.run()), newJob('joined', () => joined.program.run())]
    await timeInTurns(gpu, jobs, rounds, place.side < 32 ? 8 : 1)
    const [one, other] = jobs.map((job) => job.times) as [number[], number[]]
    rows.push({
      ...place,
      genomes,
      apart: spread(one),
      joined: spread(other),
      gain: spread(one.map((time, index) => time / (other[index] as number))),
      dispatches: apart.workgroups.length,
      joinedDispatches: joined.workgroups.length,
      workgroups: middle(apart.workgroups),
    })
    console.log(joinLine(rows[rows.length - 1] as JoinRow))
    apart.release()
    joined.release()
  }
  return rows
}

/** Milliseconds of a dispatch that does nothing worth mentioning, in a pass of many. */
async function emptyDispatch(): Promise<number> {
  const count = 512
  const { pipeline, layout } = await gpu.pipelines.get(fillKernel, {})
  const buffer = gpu.device.createBuffer({ size: 256, usage: GPUBufferUsage.STORAGE })
  const block = packParameters(fillKernel, { invocations: 1, value: 0 })
  const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST
  const uniform = gpu.device.createBuffer({ size: block.byteLength, usage })
  gpu.device.queue.writeBuffer(uniform, 0, block)
  const entries = [buffer, uniform].map((one, binding) => ({ binding, resource: { buffer: one } }))
  const bindGroup = gpu.device.createBindGroup({ layout, entries })
  const job = newJob('empty dispatches', () => {
    const encoder = gpu.device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    for (let index = 0; index < count; index++) {
      pass.setBindGroup(0, bindGroup)
      pass.dispatchWorkgroups(1)
    }
    pass.end()
    gpu.device.queue.submit([encoder.finish()])
  })
  await timeInTurns(gpu, [job], rounds, 4)
  return middle(job.times) / count
}

interface GenomeRow {
  readonly key: string
  /** Milliseconds of the device. */
  readonly device: number
  readonly dispatches: number
  readonly workgroups: number
  /** Milliseconds of the host, one thread: trace and plan; then buffers, bind groups, parameters. */
  readonly plan: number
  readonly compile: number
}

/** Processor time of this process in ms since `start`. */
const processorSince = (start: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

async function measureGenomes(space: SearchSpace, batch: number, count: number): Promise<GenomeRow[]> {
  const rows: GenomeRow[] = []
  const architectures = randomArchitectures(space)
  const { input } = imageBatch(space, batch)
  for (let index = -3; index < count; index++) {
    const architecture = architectures.next().value
    await gpu.device.queue.onSubmittedWorkDone()
    const tracing = process.cpuUsage()
    const model = new Model(gpu, {
      layer: (scope, x) => traceArchitecture(scope, architecture, x, { skipSilent: true }).logits,
      input: { height: space.side, width: space.side, channels: space.inputChannels, perStep: false },
      classes: space.classes,
      timeSteps: steps,
      statistics: 'perStep',
      architecture: architecture.key,
    })
    const traced = model.trace({ batch, mode: 'train', dropPathSeed: null, runningAverages: false })
    traced.records.forEach(({ spikes }, record) => {
      traceColumnPairs(traced.graph, spikes, `columns${record}`)
    })
    const trace = processorSince(tracing)
    const planning = process.cpuUsage()
    const { dispatches } = planGraph(traced.graph, model.memory, gpu.maxBinding, 1, gpu.variants)
    const plan = processorSince(planning)
    const compiling = process.cpuUsage()
    const program = await Program.compile(gpu, traced.graph, model.memory, { name: 'genome' })
    // plans as well
    const compile = processorSince(compiling) - plan
    await model.memory.initialize([1, 0])
    program.write('input', input)
    const job = newJob('genome', () => program.run())
    // the first of each cell type compile shaders
    await timeInTurns(gpu, [job], index < 0 ? 1 : 3, 1)
    if (index >= 0) {
      const workgroups = middle(
        dispatches.map(({ invocations, kernel }) => Math.ceil(invocations / kernel.workgroupSize)),
      )
      const { length } = dispatches
      const host = { plan: trace + plan, compile }
      rows.push({ key: architecture.key, device: middle(job.times), dispatches: length, workgroups, ...host })
    }
    program.release()
    model.release()
  }
  return rows
}

const digits = (value: number) => value.toFixed(2)
const range = ({ median, low, high }: Spread) => `${digits(median)} (${digits(low)} to ${digits(high)})`
const joinLine = (row: JoinRow) =>
  `| ${row.name} | ${row.genomes} | ${digits(row.apart.median)} | ${digits(row.joined.median)} | ${range(row.gain)} | ${row.dispatches} | ${row.joinedDispatches} | ${row.workgroups} |`

const joins: JoinRow[] = []
for (const place of [
  { name: '8x8 digits, batch 32, 3x3, 8 channels', channels: 8, side: 8, batch: 32, kernel: 3, counts: [2, 4, 8, 16] },
  {
    name: 'last cells, batch 100, 4x4, 3x3, 128 channels',
    channels: 128,
    side: 4,
    batch: 100,
    kernel: 3,
    counts: [2, 4],
  },
  {
    name: 'first cells, batch 100, 32x32, 3x3, 16 channels',
    channels: 16,
    side: 32,
    batch: 100,
    kernel: 3,
    counts: [2, 4],
  },
])
  joins.push(...(await measureJoining(place)))
const empty = await emptyDispatch()
const digitsSpace: SearchSpace = { ...baselineSpace, width: 8, side: 8, inputChannels: 1 }
const spaces = [
  { name: 'digits: 8x8, batch 32, width 8', genomes: await measureGenomes(digitsSpace, 32, 9) },
  { name: 'baseline: 32x32, batch 100, width 16', genomes: await measureGenomes(baselineSpace, 100, 6) },
]
const spaceLine = ({ name, genomes }: (typeof spaces)[number]) => {
  const of = (pick: (row: GenomeRow) => number) => middle(genomes.map(pick))
  const overhead = middle(genomes.map(({ dispatches, device }) => (100 * dispatches * empty) / device))
  return `| ${name} | ${digits(of((row) => row.device))} | ${of((row) => row.dispatches)} | ${of((row) => row.workgroups)} | ${overhead.toFixed(1)} % | ${digits(of((row) => row.plan))} | ${digits(of((row) => row.compile))} |`
}
const load = loadavg()[0]?.toFixed(0)
const file = saveResult(gpu, 'joining', { rounds, emptyDispatchMilliseconds: empty, joins, spaces })
const table = `# What joining genomes could gain

${gpu.name}, load ${load}. A software adapter is timed by its use of the processors, divided by their number.

## A node for N genomes: N chains of dispatches, or one chain with N times the images

Median milliseconds of ${rounds} rounds, and the gain (apart / joined) of single rounds with lowest and highest. Both
sides have the same weights for all genomes, so this is what joining could gain at most.

| node | N | apart ms | joined ms | gain | dispatches apart | joined | workgroups a dispatch, apart |
| --- | --- | --- | --- | --- | --- | --- | --- |
${joins.map(joinLine).join('\n')}

## Whole genomes

A dispatch that does nothing takes ${(empty * 1000).toFixed(0)} us here. Medians of random genomes; the host's time is that of its one thread.

| search | device ms | dispatches | workgroups a dispatch | dispatches' share | trace and plan ms | buffers and bind groups ms |
| --- | --- | --- | --- | --- | --- | --- |
${spaces.map(spaceLine).join('\n')}

On a GPU with thousands of lanes a dispatch takes some 5 us, but one of few workgroups leaves most of it idle: a device of
100 multiprocessors that each hold 16 workgroups of 64 is full from 1600 workgroups on. The column of workgroups says
which searches would gain there; it has not been measured.
`
writeFileSync(file.replace(/\.json$/, '.md'), table)
console.log(table)
await gpu.close()
process.exit(0)
