/**
 * LIF over all steps, forward with spikes as bits and backward, against the best tuned copy kernel that moves the same
 * minimum bytes; T = 4 and 16, one million neurons. Every round times all of them, so that ratios share the machine's load.
 * Run: node --import tsx bench/lif.ts [rounds]
 */
import { writeFileSync } from 'node:fs'
import { Graph } from '../src/graph/graph.js'
import { Program } from '../src/graph/program.js'
import { openGpu } from '../src/index.js'
import { defaultLif, lifNeuron } from '../src/ops/lif.js'
import { neuronGradient } from '../src/ops/neuron/gradient.js'
import { traceNeurons } from '../src/ops/neuron/neuron.js'
import type { ActivationShape, Value } from '../src/ops/op.js'
import { philoxFill, RandomStream, toUnit } from '../src/runtime/philox.js'
import { type Job, newJob, type Spread, saveResult, spread, timeJob } from './harness.js'

const rounds = Number(process.argv[2] ?? 15)
const repeats = 2
const gpu = await openGpu()
const { device } = gpu
const neurons = 2 ** 20
const neuron = lifNeuron(defaultLif)

const time = (job: Job) => timeJob(gpu, job, repeats)

const buffer = (bytes: number) =>
  device.createBuffer({ size: Math.ceil(bytes / 16) * 16, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST })

/** y = x, `per` vec4 that lie side by side for each invocation. */
async function copyJob(from: GPUBuffer, to: GPUBuffer, bytes: number, workgroup: number, per: number): Promise<Job> {
  const invocations = Math.floor(bytes / 16 / per)
  const groups = Math.ceil(invocations / workgroup)
  const rows = Math.ceil(groups / 65535)
  const code = `@group(0) @binding(0) var<storage, read> x : array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y : array<vec4f>;
@group(0) @binding(2) var<uniform> p : vec4u;
@compute @workgroup_size(${workgroup})
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = (group.y * groups.x + group.x) * ${workgroup}u + local;
  if (index >= p.x) { return; }
  for (var k = 0u; k < p.y; k++) { y[index * p.y + k] = x[index * p.y + k]; }
}`
  const module = device.createShaderModule({ code })
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } })
  const block = device.createBuffer({ size: 16, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST })
  device.queue.writeBuffer(block, 0, Uint32Array.of(invocations, per, 0, 0))
  const resources = [from, to, block].map((one, binding) => ({ binding, resource: { buffer: one } }))
  const bindGroup = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: resources })
  return newJob(`copy, workgroup ${workgroup}, ${per} vec4`, () => {
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, bindGroup)
    pass.dispatchWorkgroups(Math.ceil(groups / rows), rows)
    pass.end()
    device.queue.submit([encoder.finish()])
  })
}

/** The pair as one program of two regions. */
async function lifProgram(steps: number): Promise<Program> {
  const shape: ActivationShape = { steps, batch: 64, height: 16, width: 16, channels: 64 }
  const graph = new Graph()
  const slot = (name: string) => graph.activation('f32', shape, name, { kind: 'slot', name })
  const [x, dy, dx] = [slot('x'), slot('dy'), slot('dx')]
  graph.region = 'forward'
  const { output } = traceNeurons(graph, x, neuron)
  graph.region = 'backward'
  const boundaries = graph.raw('f32', neurons, 'boundaries', { perSlab: true })
  const inputs: readonly Value[] = [x, output, dy, boundaries]
  const roles = { inputs: ['x', 'emitted', 'dy', 'boundaries'], outputs: ['dx'] } as const
  graph.emit(neuronGradient, inputs, [dx], { neuron, timeSteps: steps, shape, accumulateWeights: false, roles })
  const program = await Program.compile(gpu, graph, {
    view: () => {
      throw new Error('LIF has no parameters')
    },
  })
  const words = philoxFill([1, 2], RandomStream.syntheticData, 0, 0, neurons)
  const step = Float32Array.from(words, (word) => 2.5 * toUnit(word) - 0.5)
  const all = new Float32Array(steps * neurons)
  for (let t = 0; t < steps; t++) all.set(t % 2 === 0 ? step : Float32Array.from(step).reverse(), t * neurons)
  program.write('x', all)
  program.write('dy', all)
  return program
}

/** Candidates run a few times; the fastest stays. */
async function bestCopy(bytes: number): Promise<Job> {
  const [from, to] = [buffer(bytes / 2), buffer(bytes / 2)]
  const candidates: Job[] = []
  for (const workgroup of [64, 128, 256])
    for (const per of [2, 8, 16]) candidates.push(await copyJob(from, to, bytes / 2, workgroup, per))
  for (const job of candidates) await time(job)
  for (let round = 0; round < 3; round++) for (const job of candidates) job.times.push(await time(job))
  const best = candidates.reduce((a, b) => (spread(b.times).median < spread(a.times).median ? b : a))
  return { ...best, times: [] }
}

interface Row {
  readonly steps: number
  readonly pass: string
  readonly milliseconds: Spread
  readonly copyMilliseconds: Spread
  readonly copy: string
  readonly ratio: Spread
  readonly millionNeuronSteps: number
  readonly gigabytesPerSecond: number
}

async function measure(steps: number, pass: 'forward' | 'backward', program: Program): Promise<Row> {
  // x in and a bit out; or x, dy and a bit in, dx out
  const bytes = steps * neurons * (pass === 'forward' ? 4.125 : 12.125)
  const copy = await bestCopy(bytes)
  const lif = newJob(`LIF ${pass}`, () => program.run(pass))
  await time(lif)
  const ratios: number[] = []
  for (let round = 0; round < rounds; round++) {
    for (const job of [copy, lif]) job.times.push(await time(job))
    ratios.push((lif.times.at(-1) ?? 0) / (copy.times.at(-1) ?? 1))
  }
  const milliseconds = spread(lif.times)
  const row: Row = {
    steps,
    pass,
    milliseconds,
    copyMilliseconds: spread(copy.times),
    copy: copy.name,
    ratio: spread(ratios),
    millionNeuronSteps: (steps * neurons) / milliseconds.median / 1e3,
    gigabytesPerSecond: bytes / milliseconds.median / 1e6,
  }
  console.log(line(row))
  return row
}

const digits = (value: number) => value.toFixed(2)
const range = ({ median, low, high }: Spread) => `${digits(median)} (${digits(low)} to ${digits(high)})`
const line = (row: Row) =>
  `| ${row.steps} | ${row.pass} | ${range(row.milliseconds)} | ${range(row.copyMilliseconds)} | ${range(row.ratio)} | ${row.millionNeuronSteps.toFixed(0)} | ${row.gigabytesPerSecond.toFixed(1)} | ${row.copy} |`

const rows: Row[] = []
for (const steps of [4, 16]) {
  const program = await lifProgram(steps)
  rows.push(await measure(steps, 'forward', program), await measure(steps, 'backward', program))
  program.release()
}
const file = saveResult(gpu, 'lif', { neurons, rounds, repeats, rows })
const table = `# LIF against a copy of the same bytes

${gpu.name}, ${neurons} neurons, ${rounds} rounds in which both run; median, lowest and highest. The ratio is that of the
two in one round. A software adapter is timed by its use of the processors, divided by their number, since other
programs share the machine; the copy is the fastest of nine in the same run and moves as many bytes as LIF must at least.

| T | pass | LIF ms | copy ms | ratio | M neuron-steps/s | GB/s | copy |
| --- | --- | --- | --- | --- | --- | --- | --- |
${rows.map(line).join('\n')}
`
writeFileSync(file.replace(/\.json$/, '.md'), table)
console.log(file)
await gpu.close()
process.exit(0)
