/** Profile of one of the engine's own kernels at a size of one's choice. */
import { OptionError } from '../../errors.js'
import { differentiate } from '../../graph/differentiate.js'
import { Graph } from '../../graph/graph.js'
import { type ExternalMemory, planGraph } from '../../graph/plan.js'
import { Program } from '../../graph/program.js'
import { imagesOf, neuronsOf, type Value } from '../../ops/op.js'
import {
  eventKernels,
  portableKernels,
  subgroupKernels,
  teamEventKernels,
  tileKernels,
  winogradKernels,
} from '../../properties/convolution-variants.js'
import { traceLoad } from '../../properties/slabbed-io.js'
import type { Gpu } from '../../runtime/gpu.js'
import { type BufferView, kernelRegistry } from '../../runtime/kernel.js'
import { type Profile, type ProfileOptions, profilePhases } from '../../runtime/profiler/profile.js'
import { portableVariants, Variants } from '../../runtime/variants.js'
import { randomFloats, randomSpikeWords } from './fill.js'
import type { KernelShape, Workload } from './workload.js'
import { traceWorkload, workloads } from './workloads.js'

export interface KernelProfileOptions extends ProfileOptions {
  /** What is left out is taken from a size at which the kernel is used. */
  readonly shape?: Partial<KernelShape>
  /** Share of neurons that fire, in [0, 1]; default 0.1. */
  readonly rate?: number
}

/** Sizes to try: which kernel serves an op depends on them. */
const usualShapes: readonly KernelShape[] = [
  { steps: 4, batch: 32, height: 14, width: 14, channels: 32, outputChannels: 64, kernel: 3, stride: 1 },
  { steps: 4, batch: 32, height: 16, width: 16, channels: 32, outputChannels: 64, kernel: 3, stride: 1 },
  { steps: 4, batch: 32, height: 14, width: 14, channels: 32, outputChannels: 64, kernel: 3, stride: 2 },
]

/** What a slot is filled with: spikes, numbers in [-1, 1), or in [0, 1). */
type Fill = 'spikes' | 'f32' | 'unit'

interface TracedWorkload {
  readonly graph: Graph
  readonly fills: ReadonlyMap<string, Fill>
}

/** Traces a workload with its backward pass. */
export function traceKernelWorkload(workload: Workload, shape: KernelShape): TracedWorkload {
  const graph = new Graph()
  const fills = new Map<string, Fill>([['upstream', 'f32']])
  let next = 0
  const load = (fill: Fill, channels = shape.channels, steps = shape.steps): Value => {
    const name = `x${next++}`
    fills.set(name, fill)
    const { batch, height, width } = shape
    return traceLoad(
      graph,
      fill === 'spikes' ? 'spikes' : 'f32',
      { steps, batch, height, width, channels },
      name,
      `d ${name}`,
    )
  }
  const outside = (kind: 'parameter' | 'state', elements: number): Value =>
    graph.raw('f32', elements, `${kind} ${next}`, { storage: { kind, name: `${kind}${next++}` } })
  const { backward } = traceWorkload(workload, {
    graph,
    shape,
    spikes: (channels) => load('spikes', channels),
    real: ({ constant, channels, unit } = {}) => load(unit ? 'unit' : 'f32', channels, constant ? 1 : shape.steps),
    weights: (elements) => outside('parameter', elements),
    state: (elements) => outside('state', elements),
  })
  if (backward) {
    const gradients = new Map<string, Value>()
    differentiate(graph, {
      gradientOf({ storage, elements }) {
        if (storage.kind !== 'parameter') return null
        const { name } = storage
        const known =
          gradients.get(name) ?? graph.raw('f32', elements, `d ${name}`, { storage: { kind: 'gradient', name } })
        gradients.set(name, known)
        return known
      },
    })
  }
  return { graph, fills }
}

const anywhere: BufferView = { holder: { buffer: null }, offset: 0, size: 0 }

/** Shaders of all declared kernels; several kernels may share one. */
export const kernelNames = (): string[] => [...new Set([...kernelRegistry.values()].map(({ shader }) => shader))].sort()

/** Kernels that a workload leads to at a size; none where the op refuses the size. */
export function kernelsOf(
  workload: Workload,
  shape: KernelShape,
  maxBinding: number,
  variants: Variants = portableVariants,
): Set<string> {
  const { graph } = traceKernelWorkload(workload, shape)
  const plan = planGraph(graph, { view: () => anywhere }, maxBinding, 1, variants)
  return new Set(plan.dispatches.map(({ kernel }) => kernel.shader))
}

/** What the device would choose, then what runs anywhere, then what it could choose as well. */
const variantsToTry = (own: Variants): Variants[] => [
  own,
  ...[
    portableKernels,
    { ...portableKernels, 'convolution input gradient': 'rows' },
    { ...tileKernels, 'matrix product': 'tile' },
    { ...subgroupKernels, 'matrix product': 'subgroup' },
    winogradKernels,
    eventKernels,
    teamEventKernels,
  ].map((choices) => new Variants(own.traits, choices)),
]

/**
 * A workload and a size that lead to a kernel.
 * @throws OptionError when the kernel is not known, or is not used at the size asked for
 */
export function findWorkload(
  kernel: string,
  wanted: Partial<KernelShape>,
  maxBinding: number,
  own: Variants = portableVariants,
): { readonly workload: Workload; readonly shape: KernelShape; readonly variants: Variants } {
  if (!kernelNames().includes(kernel))
    throw new OptionError('kernel', `there is no kernel "${kernel}".`, `There are: ${kernelNames().join(', ')}.`)
  let refusal: unknown = null
  const instead = new Set<string>()
  for (const usual of usualShapes) {
    const shape = { ...usual, ...wanted }
    for (const workload of workloads) {
      try {
        const choices = variantsToTry(own)
        const found = choices.map((variants) => ({
          variants,
          kernels: kernelsOf(workload, shape, maxBinding, variants),
        }))
        const match = found.find(({ kernels }) => kernels.has(kernel))
        if (match) return { workload, shape, variants: match.variants }
        for (const other of found.flatMap(({ kernels }) => [...kernels]))
          if (other.split('/')[0] === kernel.split('/')[0]) instead.add(other)
      } catch (error) {
        // this op refuses the size; another may use the kernel
        refusal ??= error
      }
    }
  }
  if (refusal) throw refusal
  throw new OptionError(
    'kernel',
    `${kernel} is not used at this size${instead.size > 0 ? `; used are ${[...instead].sort().join(', ')}` : ''}.`,
    'Choose another size, or profile its file with --elements.',
  )
}

/** Memory outside of the program: each weight and state a buffer of its own. */
class LooseMemory implements ExternalMemory {
  private readonly buffers = new Map<string, GPUBuffer>()

  constructor(private readonly gpu: Gpu) {}

  view({ storage, elements }: Value): BufferView {
    const key = 'name' in storage ? `${storage.kind} ${storage.name}` : storage.kind
    const size = Math.max(elements, 4) * 4
    let buffer = this.buffers.get(key)
    if (!buffer) {
      buffer = this.gpu.buffers.acquire(size, key)
      const values =
        storage.kind === 'parameter' ? randomFloats(elements).map((value) => value / 8) : new Float32Array(elements)
      this.gpu.device.queue.writeBuffer(buffer, 0, values)
      this.buffers.set(key, buffer)
    }
    return { holder: { buffer }, offset: 0, size }
  }

  release(): void {
    for (const buffer of this.buffers.values()) this.gpu.buffers.release(buffer)
  }
}

/**
 * Times the dispatches of one kernel within the op that uses it; forward and backward both run, and what other kernels
 * take is left out.
 * @param kernel its path under `shaders/`, such as `convolution/spike_forward`
 * @throws OptionError when there is no such kernel, or not at this size
 */
export async function profileKernel(gpu: Gpu, kernel: string, options: KernelProfileOptions = {}): Promise<Profile> {
  const { rate = 0.1 } = options
  const { workload, shape, variants } = findWorkload(kernel, options.shape ?? {}, gpu.maxBinding, gpu.variants)
  const { graph, fills } = traceKernelWorkload(workload, shape)
  const memory = new LooseMemory(gpu)
  try {
    const program = await Program.compile(gpu, graph, memory, { name: workload.name, variants })
    try {
      for (const node of graph.nodes)
        for (const { storage, elements } of node.inputs) {
          const fill = storage.kind === 'slot' ? fills.get(storage.name) : undefined
          if (storage.kind === 'slot' && (fill === 'f32' || fill === 'unit'))
            program.write(storage.name, fill === 'unit' ? randomFloats(elements).map(Math.abs) : randomFloats(elements))
        }
      for (const [name, words] of Object.entries(workload.write?.(shape) ?? {})) program.write(name, words)
      for (const [name, kind] of fills) if (kind === 'spikes') writeSpikes(program, graph, name, rate)
      const phase = {
        name: workload.name,
        timedRun: async () => (await program.profile()).filter((dispatch) => dispatch.kernel === kernel),
      }
      const size = Object.entries(shape).map(([name, value]) => `${name} ${value}`)
      return await profilePhases(gpu, `${kernel} (${size.join(', ')}, rate ${rate})`, [phase], options)
    } finally {
      program.release()
    }
  } finally {
    memory.release()
  }
}

function writeSpikes(program: Program, graph: Graph, name: string, rate: number): void {
  for (const { outputs } of graph.nodes)
    for (const { label, dtype, shape } of outputs)
      if (label === name && dtype === 'spikes' && shape)
        program.write(name, randomSpikeWords(imagesOf(shape), neuronsOf(shape), rate))
}
