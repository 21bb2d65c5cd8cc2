/**
 * Synapses that look through a window, 128 images of 16x16 unless told otherwise, inputs as spikes at 10 % and as real
 * numbers: forward, gradient by the input, gradient by the weights, in dense-equivalent GFLOP/s; the plain 3x3
 * convolution with its own kernels beside the same one with the general ones.
 * Run: node --import tsx bench/synapses.ts [name ...]
 */
import { Graph } from '../src/graph/graph.js'
import { Program } from '../src/graph/program.js'
import { differentiate, openGpu } from '../src/index.js'
import { ModelMemory } from '../src/nn/memory.js'
import { ParameterTable } from '../src/nn/parameters.js'
import { traceConvolution } from '../src/ops/convolution.js'
import { type ActivationShape, imagesOf, neuronsOf, type Value } from '../src/ops/op.js'
import { plainWindow, type SynapseKind, type SynapseWindow, traceSynapse } from '../src/ops/synapse.js'
import { synapseOutput, weightDimensions, windowProducts } from '../src/ops/synapse-geometry.js'
import { countOf, drawNumbers, drawSpikes } from '../src/properties/op-run.js'
import { traceLoad, traceSeed } from '../src/properties/slabbed-io.js'
import { packSpikes } from '../src/testing/oracle/dissimilarity.js'
import { type Spread, saveResult, spread } from './harness.js'

interface Case {
  readonly name: string
  readonly kind?: SynapseKind
  readonly window?: Partial<SynapseWindow>
  readonly input?: Partial<ActivationShape>
  readonly channels?: number
  /** With the kernels for plain square windows. */
  readonly plain?: boolean
}

const three: Partial<SynapseWindow> = { kernel: [3, 3], padding: [1, 1] }
const cases: readonly Case[] = [
  { name: 'plain 3x3', window: three, plain: true },
  { name: 'general 3x3', window: three },
  { name: 'dilated 3x3', window: { ...three, dilation: [2, 2], padding: [2, 2] } },
  { name: '4 groups 3x3', window: { ...three, groups: 4 } },
  { name: 'depth-wise 3x3', window: { ...three, groups: 64 }, input: { channels: 64 } },
  { name: 'transposed 3x3 stride 2', kind: 'transposed', window: { ...three, stride: [2, 2], outputPadding: [1, 1] } },
  { name: 'locally connected 3x3', kind: 'local', window: three, input: { steps: 1, batch: 64 }, channels: 16 },
  { name: 'linear 512 to 512', input: { batch: 1024, height: 1, width: 1, channels: 512 }, channels: 512 },
]

const gpu = await openGpu()
const repeats = 5
const wanted = process.argv.slice(2)
const rows: unknown[] = []

function part(kernel: string): string | null {
  if (kernel.includes('weight_gradient')) return 'weightGradient'
  if (kernel.includes('input_gradient')) return 'inputGradient'
  return kernel.includes('_forward') ? 'forward' : null
}

async function measure(test: Case, spikes: boolean): Promise<Record<string, Spread>> {
  const { kind = 'convolution', channels = 64 } = test
  const input: ActivationShape = { steps: 2, batch: 64, height: 16, width: 16, channels: 32, ...test.input }
  const window = { ...plainWindow, ...test.window }
  const output = synapseOutput('bench', kind, window, input, channels)
  const table = new ParameterTable()
  table.declare('anchor', [1], { kind: 'constant', value: 0 })
  const entry = table.declare('w', weightDimensions(kind, window, input, output), { kind: 'uniform', bound: 0.1 })
  const memory = new ModelMemory(gpu, table, new ParameterTable())
  const graph = new Graph()
  const weights = graph.raw('f32', entry.elements, 'w', { storage: { kind: 'parameter', name: 'w' } })
  const x = traceLoad(graph, spikes ? 'spikes' : 'f32', input, 'x', 'dx')
  const y = test.plain
    ? traceConvolution(graph, x, [weights], {
        kernel: window.kernel[0],
        stride: window.stride[0],
        padding: window.padding[0],
        branches: [{ channels, crop: 0 }],
        moments: false,
      }).y
    : traceSynapse(graph, kind, x, weights, channels, window)
  traceSeed(graph, y, 'dy')
  const gradients = new Map<string, Value>()
  differentiate(graph, {
    gradientOf({ storage, elements }) {
      if (storage.kind !== 'parameter' || storage.name !== 'w') return storage.kind === 'parameter' ? anchorOf() : null
      const known =
        gradients.get('w') ?? graph.raw('f32', elements, 'd w', { storage: { kind: 'gradient', name: 'w' } })
      gradients.set('w', known)
      return known
    },
  })
  function anchorOf(): Value {
    return graph.raw('f32', 1, 'd anchor', { storage: { kind: 'gradient', name: 'anchor' } })
  }
  const program = await Program.compile(gpu, graph, memory, { name: test.name })
  await memory.initialize([1, 0])
  const numbers = spikes ? drawSpikes(1, 0, countOf(input), 0.1) : drawNumbers(1, 0, countOf(input), 1)
  program.write('x', spikes ? packSpikes(numbers, imagesOf(input), neuronsOf(input)) : Float32Array.from(numbers))
  program.write('dy', Float32Array.from(drawNumbers(2, 0, countOf(output), 1)))
  program.run()
  await program.wait()
  const flops = 2 * imagesOf(input) * windowProducts(kind, window, input, output)
  const samples: Record<string, number[]> = {}
  for (let repeat = 0; repeat < repeats; repeat++) {
    let first = true
    for (const timing of await program.profile()) {
      const name = part(timing.kernel)
      if (!name) continue
      // with transposed weights the forward kernel also makes the input gradient
      const role = name === 'forward' && !first ? 'inputGradient' : name
      first = false
      samples[role] = [...(samples[role] ?? []), flops / timing.milliseconds / 1e6]
    }
  }
  program.release()
  memory.release()
  return Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, spread(values)]))
}

for (const test of cases) {
  if (wanted.length > 0 && !wanted.includes(test.name)) continue
  for (const spikes of [true, false]) {
    const figures = await measure(test, spikes)
    rows.push({ name: test.name, spikes, gigaflopsPerSecond: figures })
    const text = Object.entries(figures).map(
      ([name, { median, low, high }]) => `${name} ${median.toFixed(1)} (${low.toFixed(1)}..${high.toFixed(1)})`,
    )
    console.log(`${test.name}, ${spikes ? 'spikes' : 'real'}: ${text.join(', ')} GFLOP/s`)
  }
}
if (wanted.length === 0) console.log(saveResult(gpu, 'synapses', rows))
await gpu.close()
process.exit(0)
