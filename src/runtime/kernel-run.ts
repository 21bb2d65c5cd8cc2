/** A kernel by itself: its buffers filled by the host, dispatched, read back. */
import { ShaderError } from '../errors.js'
import { costOf } from './cost.js'
import type { ShaderFlags } from './expression.js'
import type { Gpu } from './gpu.js'
import {
  type BindingAccess,
  type BufferView,
  type Cost,
  type CostRule,
  gridFor,
  type KernelDefinition,
  packParameters,
} from './kernel.js'
import type { TimedDispatch } from './profiler/timing.js'

export type KernelArray = Float32Array | Uint32Array | Int32Array

export interface KernelCall {
  readonly kernel: KernelDefinition
  readonly flags?: ShaderFlags
  /** Contents of every binding before the dispatch; their sizes are those of the bindings. */
  readonly data: Readonly<Record<string, KernelArray>>
  readonly parameters: Readonly<Record<string, number>>
  /** Invocations in a grid as the engine's own kernels have it (`lib/grid`), or workgroups of each dimension. */
  readonly invocations?: number
  readonly workgroups?: readonly [x: number, y: number, z: number]
  readonly cost?: CostRule
}

/** No binding is smaller: an array of vec4 needs one element. */
const smallestBinding = 16

export class LoadedKernel {
  private constructor(
    private readonly gpu: Gpu,
    private readonly call: KernelCall,
    readonly dispatch: TimedDispatch,
    readonly cost: Cost,
    private readonly buffers: ReadonlyMap<string, GPUBuffer>,
    private readonly uniform: GPUBuffer | null,
  ) {}

  /**
   * Compiles the kernel and fills its buffers.
   * @throws ShaderError when it does not compile, or data or parameters are not those it declares
   * @throws LimitError when the buffers do not fit
   */
  static async load(gpu: Gpu, call: KernelCall): Promise<LoadedKernel> {
    const { kernel, flags = {}, data } = call
    const names = Object.keys(kernel.bindings)
    const unknown = Object.keys(data).find((name) => !names.includes(name))
    if (unknown !== undefined)
      throw new ShaderError(kernel.shader, `has no binding ${unknown}, only ${names.join(', ')}.`)
    const { pipeline, layout } = await gpu.pipelines.get(kernel, flags)
    const buffers = new Map<string, GPUBuffer>()
    let uniform: GPUBuffer | null = null
    try {
      const entries: GPUBindGroupEntry[] = []
      for (const [name, access] of Object.entries<BindingAccess>(kernel.bindings)) {
        const values = data[name]
        if (!values) throw new ShaderError(kernel.shader, `needs contents for its binding ${name}.`)
        const size = Math.max(values.byteLength, smallestBinding)
        const buffer = access === 'uniform' ? uniformBuffer(gpu, size) : gpu.buffers.acquire(size, name)
        buffers.set(name, buffer)
        entries.push({ binding: entries.length, resource: { buffer, size } })
      }
      if (Object.keys(kernel.parameters).length > 0) {
        const block = packParameters(kernel, call.parameters)
        uniform = uniformBuffer(gpu, block.byteLength)
        gpu.device.queue.writeBuffer(uniform, 0, block)
        entries.push({ binding: entries.length, resource: { buffer: uniform } })
      }
      const bindGroup = gpu.device.createBindGroup({ layout, entries, label: kernel.shader })
      const cost = costOf({ ...call, views: viewsOf(buffers, data) })
      const driving = cost.spikes && buffers.get(cost.spikes.binding)
      const size = (cost.spikes && data[cost.spikes.binding]?.byteLength) ?? 0
      const grid = call.workgroups ?? gridFor(call.invocations ?? 1, kernel.workgroupSize)
      const dispatch = { pipeline, bindGroup, grid, spikes: driving ? { buffer: driving, offset: 0, size } : null }
      const loaded = new LoadedKernel(gpu, call, dispatch, cost, buffers, uniform)
      loaded.reset()
      return loaded
    } catch (error) {
      for (const [name, buffer] of buffers) release(gpu, kernel.bindings[name], buffer)
      uniform?.destroy()
      throw error
    }
  }

  /** Puts every binding back to what it held at first. */
  reset(): void {
    for (const [name, buffer] of this.buffers) {
      const values = this.call.data[name]
      if (values && values.byteLength > 0)
        this.gpu.device.queue.writeBuffer(buffer, 0, values.buffer, values.byteOffset, values.byteLength)
    }
  }

  /** Submits one dispatch; does not wait. */
  run(): void {
    const { pipeline, bindGroup, grid } = this.dispatch
    const encoder = this.gpu.device.createCommandEncoder({ label: this.call.kernel.shader })
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, bindGroup)
    pass.dispatchWorkgroups(...grid)
    pass.end()
    this.gpu.submitter.submit(encoder)
  }

  /** What a binding holds now, as the kind of array that it was filled from. */
  async read(name: string): Promise<KernelArray> {
    const { data } = this.call
    const [values, buffer] = [data[name], this.buffers.get(name)]
    if (!values || !buffer) throw new ShaderError(this.call.kernel.shader, `has no binding ${name}.`)
    const bytes = await this.gpu.submitter.read(buffer, 0, values.byteLength, this.call.kernel.shader)
    if (values instanceof Float32Array) return new Float32Array(bytes)
    return values instanceof Int32Array ? new Int32Array(bytes) : new Uint32Array(bytes)
  }

  release(): void {
    for (const [name, buffer] of this.buffers) release(this.gpu, this.call.kernel.bindings[name], buffer)
    this.uniform?.destroy()
  }
}

const uniformBuffer = (gpu: Gpu, size: number): GPUBuffer =>
  gpu.device.createBuffer({ size, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST })

function release(gpu: Gpu, access: BindingAccess | undefined, buffer: GPUBuffer): void {
  if (access === 'uniform') buffer.destroy()
  else gpu.buffers.release(buffer)
}

const viewsOf = (buffers: ReadonlyMap<string, GPUBuffer>, data: KernelCall['data']): Record<string, BufferView> =>
  Object.fromEntries(
    [...buffers].map(([name, buffer]) => [name, { holder: { buffer }, offset: 0, size: data[name]?.byteLength ?? 0 }]),
  )

/** One dispatch; @returns what its `write` bindings hold afterwards */
export async function runKernel(gpu: Gpu, call: KernelCall): Promise<Record<string, KernelArray>> {
  const loaded = await LoadedKernel.load(gpu, call)
  try {
    loaded.run()
    const written = Object.entries<BindingAccess>(call.kernel.bindings).filter(([, access]) => access === 'write')
    const result: Record<string, KernelArray> = {}
    for (const [name] of written) result[name] = await loaded.read(name)
    return result
  } finally {
    loaded.release()
  }
}
