/** Jobs of ours run in turns with the peers': times, ratios, and whether all computed the same. */
import { availableParallelism, loadavg } from 'node:os'
import { Graph } from '../src/graph/graph.js'
import { Program } from '../src/graph/program.js'
import { ModelMemory } from '../src/nn/memory.js'
import { ParameterTable } from '../src/nn/parameters.js'
import { traceConvolution } from '../src/ops/convolution.js'
import { traceCopy } from '../src/ops/copy.js'
import { traceMatrixProduct } from '../src/ops/matrix-product.js'
import type { Gpu } from '../src/runtime/gpu.js'
import { spread } from './harness.js'
import { operand, Peer, type PeerAnswer, type PeerJob, peerNames } from './peers.js'

export interface OurJob {
  readonly title: string
  readonly flops: number
  /** The peers get the same numbers: their first result must be ours. */
  readonly sameData: boolean
  readonly sample: readonly number[]
  run(): Promise<PeerAnswer>
  release(): void
}

const fill = (count: number, seed: number) => Float32Array.from({ length: count }, (_, index) => operand(index, seed))
const slot = (name: string) => ({ kind: 'slot', name }) as const

/** One run, waited for. */
async function timed(program: Program, sample: readonly number[]): Promise<PeerAnswer> {
  const [cpu, start] = [process.cpuUsage(), performance.now()]
  program.run()
  await program.wait()
  const milliseconds = performance.now() - start
  const used = process.cpuUsage(cpu)
  return { milliseconds, processor: (used.user + used.system) / 1000 / availableParallelism(), sample }
}

async function job(
  gpu: Gpu,
  title: string,
  flops: number,
  graph: Graph,
  inputs: Record<string, Float32Array | Uint32Array>,
): Promise<OurJob> {
  const memory = new ModelMemory(gpu, new ParameterTable(), new ParameterTable())
  const program = await Program.compile(gpu, graph, memory, { name: title })
  for (const [name, data] of Object.entries(inputs)) program.write(name, data)
  // layers choose their kernels by the activity of these inputs
  await program.adapt()
  // shader compilation is not timed, and a sleeping wait learns how long a run takes
  for (let warm = 0; warm < 3; warm++) {
    program.run()
    await program.wait()
  }
  const sample = Array.from((await program.readFloats('y')).slice(0, 4))
  return {
    title,
    flops,
    sameData: !('x' in inputs) || inputs.x instanceof Float32Array,
    sample,
    run: () => timed(program, sample),
    release: () => program.release(),
  }
}

export function ourProduct(gpu: Gpu, size: { m: number; n: number; k: number }): Promise<OurJob> {
  const { m, n, k } = size
  const graph = new Graph()
  const [a, b] = [
    graph.raw('f32', m * k, 'a', { storage: slot('a') }),
    graph.raw('f32', k * n, 'b', { storage: slot('b') }),
  ]
  const c = traceMatrixProduct(graph, a, b, size)
  traceCopy(graph, c, graph.raw('f32', m * n, 'kept', { storage: slot('y') }))
  return job(gpu, `product ${m}x${n}x${k}`, 2 * m * n * k, graph, { a: fill(m * k, 1), b: fill(k * n, 2) })
}

/** Packs spikes of `[images, neurons]`, each image in whole words. */
function pack(images: number, neurons: number, activity: number): Uint32Array {
  const words = Math.ceil(neurons / 32)
  const packed = new Uint32Array(images * words)
  for (let image = 0; image < images; image++)
    for (let n = 0; n < neurons; n++)
      if ((operand(image * neurons + n, 7) + 1) / 2 < activity) {
        const at = image * words + (n >> 5)
        packed[at] = ((packed[at] ?? 0) | (1 << (n & 31))) >>> 0
      }
  return packed
}

export function ourConvolution(
  gpu: Gpu,
  shape: Extract<PeerJob, { kind: 'convolution' }>,
  activity: number | null,
): Promise<OurJob> {
  const { images, side, inputs, outputs, kernel } = shape
  const graph = new Graph()
  const input = { steps: 1, batch: images, height: side, width: side, channels: inputs }
  const x = graph.activation(activity === null ? 'f32' : 'spikes', input, 'x', slot('x'))
  const w = graph.raw('f32', kernel * kernel * inputs * outputs, 'w', { storage: slot('w') })
  const { y } = traceConvolution(graph, x, [w], {
    kernel,
    stride: 1,
    padding: (kernel - 1) / 2,
    branches: [{ channels: outputs, crop: 0 }],
    moments: false,
  })
  // a view of the first numbers keeps the result alive without timing a copy of all of it
  traceCopy(graph, y, graph.raw('f32', y.elements, 'kept', { storage: slot('y') }))
  const neurons = side * side * inputs
  return job(
    gpu,
    `${activity === null ? 'dense' : `spike ${activity * 100} %`} convolution ${inputs}>${outputs}`,
    2 * images * side * side * outputs * inputs * kernel * kernel,
    graph,
    {
      x: activity === null ? fill(images * neurons, 1) : pack(images, neurons, activity),
      w: fill(kernel * kernel * inputs * outputs, 2),
    },
  )
}

export async function startPeers(): Promise<{ peers: Peer[]; missing: Record<string, string> }> {
  const peers: Peer[] = []
  const missing: Record<string, string> = {}
  for (const name of peerNames) {
    const started = await Peer.start(name)
    if (typeof started === 'string') missing[name] = started
    else peers.push(started)
  }
  return { peers, missing }
}

export interface Comparison {
  readonly title: string
  readonly gigaflops: number
  /** By who ran it: wall time and CPU time over the cores, in ms. */
  readonly times: Record<string, { wall: ReturnType<typeof spread>; processor: ReturnType<typeof spread> }>
  /** Time of the faster peer over ours, round by round. */
  readonly ratio: { wall: ReturnType<typeof spread>; processor: ReturnType<typeof spread> } | null
  readonly load: number
}

/**
 * Runs ours and each peer's in turns.
 * @throws Error when a peer's first number is not ours: then the two do not compute the same (spikes are data of their own)
 */
export async function compare(
  ours: OurJob,
  peers: readonly Peer[],
  peerJob: PeerJob,
  rounds: number,
): Promise<Comparison> {
  const all = new Map<string, PeerAnswer[]>()
  const note = (name: string, answer: PeerAnswer) => all.set(name, [...(all.get(name) ?? []), answer])
  for (let round = 0; round < rounds; round++) {
    note('neuromotif', await ours.run())
    for (const peer of peers) {
      const answer = await peer.run(peerJob)
      note(peer.name, answer)
      const [first] = answer.sample
      const [own] = ours.sample
      if (ours.sameData && first !== undefined && Math.abs(first - (own ?? Number.NaN)) > 1e-3)
        throw new Error(`${peer.name} computes ${first} where we compute ${own}`)
    }
  }
  const of = (name: string, key: 'milliseconds' | 'processor') => (all.get(name) ?? []).map((answer) => answer[key])
  const ratio = (key: 'milliseconds' | 'processor') =>
    spread(
      of('neuromotif', key).map(
        (own, round) => Math.min(...peers.map(({ name }) => of(name, key)[round] ?? Number.NaN)) / own,
      ),
    )
  return {
    title: ours.title,
    gigaflops: ours.flops / 1e9,
    times: Object.fromEntries(
      [...all.keys()].map((name) => [
        name,
        { wall: spread(of(name, 'milliseconds')), processor: spread(of(name, 'processor')) },
      ]),
    ),
    ratio: peers.length > 0 ? { wall: ratio('milliseconds'), processor: ratio('processor') } : null,
    load: loadavg()[0] ?? 0,
  }
}

const number = ({ median, low, high }: { median: number; low: number; high: number }) =>
  `${median.toFixed(1)} (${low.toFixed(1)} … ${high.toFixed(1)})`

export function markdown(
  title: string,
  comparisons: readonly Comparison[],
  missing: Record<string, string>,
  adapter: string,
): string {
  const rows = comparisons.map(({ title: name, gigaflops, times, ratio, load }) => {
    const own = times.neuromotif
    const rate = own ? (gigaflops / own.processor.median) * 1e3 : 0
    const peers = Object.entries(times)
      .filter(([who]) => who !== 'neuromotif')
      .map(([who, time]) => `${who} ${number(time.processor)}`)
      .join('; ')
    return `| ${name} | ${own ? number(own.processor) : ''} | ${rate.toFixed(1)} | ${peers} | ${ratio ? number(ratio.processor) : '–'} | ${ratio ? number(ratio.wall) : '–'} | ${load.toFixed(0)} |`
  })
  return [
    `# ${title} (${new Date().toISOString().slice(0, 10)})`,
    '',
    `Adapter: ${adapter}. Median (lowest … highest) of interleaved runs. Other programs kept the machine busy (load in the last column, two cores), so times are CPU time of the process over its cores; the ratio by wall time stands beside. Ratio: the faster peer over ours, higher is better for us.`,
    ...Object.entries(missing).map(([name, reason]) => `\nNot run: ${name} (${reason}).`),
    '',
    '| job | ours, ms | dense-equivalent GFLOP/s | peers, ms | ratio (CPU) | ratio (wall) | load |',
    '|---|---|---:|---|---|---|---:|',
    ...rows,
    '',
  ].join('\n')
}
