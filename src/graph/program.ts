/** A compiled graph: pipelines, bind groups and buffers made once, dispatches replayed. */
import { NumericError } from '../errors.js'
import { faultPrefix, type Served, type Value } from '../ops/op.js'
import type { ShaderFlags } from '../runtime/expression.js'
import type { Gpu } from '../runtime/gpu.js'
import { type BindingAccess, type BufferHolder, type Cost, gridFor, packParameters } from '../runtime/kernel.js'
import {
  type DispatchTime,
  runCounting,
  type TimedDispatch,
  type TimingOptions,
  timeDispatches,
} from '../runtime/profiler/timing.js'
import type { Variants } from '../runtime/variants.js'
import type { Graph } from './graph.js'
import { type ExternalMemory, type Plan, type PlannedDispatch, planGraph, type Slot } from './plan.js'
import { type KernelSwitch, KernelSwitches } from './switching.js'

interface CompiledDispatch extends TimedDispatch {
  readonly label: string
  readonly kernel: string
  readonly flags: ShaderFlags
  readonly cost: Cost
}

/** What one run of a region costs; tests hold these against a rise. */
export interface ProgramCounters {
  readonly dispatches: Readonly<Record<string, number>>
  readonly temporaryBytes: number
  readonly flops: number
  readonly slabs: number
}

/** One dispatch of a profiled run: its time, what it costs by the op's own rule, and how many driving spikes were set. */
export interface DispatchTiming extends DispatchTime, Cost {
  /** The op that asked for it. */
  readonly label: string
  readonly kernel: string
  readonly flags: ShaderFlags
}

const parameterStride = 256
const zero = new Uint32Array(1)
/** Programs that may be given back without a wait; after some hundreds Dawn crashes. */
const mostRetired = 64
let programs = 0
/** Work of one submission: small enough that a watchdog or a page never waits long. */
const flopsPerSubmission = { software: 1.5e9, hardware: 4e11 }

export class Program {
  readonly name: string
  readonly counters: ProgramCounters
  /** Layers with one kernel for the usual activity and one for rare spikes. */
  readonly switches: KernelSwitches<CompiledDispatch>
  private readonly gpu: Gpu
  private readonly plan: Plan
  private readonly regions: Map<string, CompiledDispatch[]>
  private readonly owned: GPUBuffer[]
  private readonly uniforms: GPUBuffer[]
  private released = false
  /** Its waits; no other program's take the same time. */
  private readonly waits = `program ${++programs}`

  private constructor(
    gpu: Gpu,
    name: string,
    plan: Plan,
    regions: Map<string, CompiledDispatch[]>,
    owned: GPUBuffer[],
    uniforms: GPUBuffer[],
    switches: readonly KernelSwitch<CompiledDispatch>[],
  ) {
    this.gpu = gpu
    this.switches = new KernelSwitches(regions, switches)
    this.name = name
    this.plan = plan
    this.regions = regions
    this.owned = owned
    this.uniforms = uniforms
    const all = [...regions.values()].flat()
    this.counters = {
      dispatches: Object.fromEntries([...regions].map(([region, list]) => [region, list.length])),
      temporaryBytes: plan.temporaryBytes,
      flops: all.reduce((sum, dispatch) => sum + dispatch.cost.flops, 0),
      slabs: plan.slabs.length,
    }
  }

  /**
   * Plans, allocates and compiles a graph.
   * @param external where parameters, gradients and states live
   * @throws LimitError when it does not fit, ShaderError when a kernel does not compile
   */
  static async compile(
    gpu: Gpu,
    graph: Graph,
    external: ExternalMemory,
    options: { name?: string; minimumSlabs?: number; variants?: Variants } = {},
  ): Promise<Program> {
    const name = options.name ?? 'program'
    if (gpu.submitter.retired >= mostRetired) await gpu.submitter.wait('retired programs')
    const plan = planGraph(graph, external, gpu.maxBinding, options.minimumSlabs, options.variants ?? gpu.variants)
    const owned: GPUBuffer[] = []
    const uniforms: GPUBuffer[] = []
    try {
      for (const slot of [...plan.slots, ...plan.unused]) {
        slot.buffer = gpu.buffers.acquire(slot.bytes, name)
        owned.push(slot.buffer)
      }
      const uniformBuffer = (size: number) => {
        const buffer = gpu.device.createBuffer({
          size,
          usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
          label: name,
        })
        uniforms.push(buffer)
        return buffer
      }
      for (const slot of plan.stepUniforms.values()) slot.buffer = uniformBuffer(256)
      // behind the dispatches stand the parameters of those that may take their place
      const alternatives = plan.dispatches.filter(({ sparse }) => sparse)
      const served: Served[] = [...plan.dispatches, ...alternatives.flatMap(({ sparse }) => sparse ?? [])]
      const parameters = uniformBuffer(Math.max(1, served.length) * parameterStride)
      const bytes = new Uint8Array(served.length * parameterStride)
      const regions = new Map<string, CompiledDispatch[]>()
      const switches: KernelSwitch<CompiledDispatch>[] = []
      const pipelines = await Promise.all(served.map(({ kernel, flags }) => gpu.pipelines.get(kernel, flags ?? {})))
      const compileDispatch = (dispatch: PlannedDispatch, index: number): CompiledDispatch | null => {
        const [compiled, own] = [pipelines[index], served[index]]
        if (!compiled || !own) return null
        const block = packParameters(own.kernel, own.parameters)
        bytes.set(new Uint8Array(block), index * parameterStride)
        const names = Object.keys(own.kernel.bindings as Record<string, BindingAccess>)
        const entries: GPUBindGroupEntry[] = names.map((binding, at) => {
          const view = dispatch.views[binding]
          if (!view) throw new Error(`${own.kernel.shader}: no view for ${binding}`)
          return {
            binding: at,
            resource: { buffer: bufferOf(view.holder, binding), offset: view.offset, size: view.size },
          }
        })
        if (Object.keys(own.kernel.parameters).length > 0) {
          entries.push({
            binding: entries.length,
            resource: { buffer: parameters, offset: index * parameterStride, size: block.byteLength },
          })
        }
        const spikes = (dispatch.cost.spikes && dispatch.views[dispatch.cost.spikes.binding]) ?? null
        return {
          pipeline: compiled.pipeline,
          bindGroup: gpu.device.createBindGroup({ layout: compiled.layout, entries, label: dispatch.label }),
          grid: gridFor(own.invocations, own.kernel.workgroupSize),
          label: dispatch.label,
          kernel: own.kernel.shader,
          flags: own.flags ?? {},
          cost: dispatch.cost,
          spikes: spikes && { buffer: bufferOf(spikes.holder, 'spikes'), offset: spikes.offset, size: spikes.size },
        }
      }
      plan.dispatches.forEach((dispatch, place) => {
        const usual = compileDispatch(dispatch, place)
        const { region, sparse: service } = dispatch
        const list = regions.get(region) ?? []
        regions.set(region, list)
        if (!usual || dispatch.invocations === 0) return
        const sparse = service && compileDispatch(dispatch, plan.dispatches.length + alternatives.indexOf(dispatch))
        if (sparse) {
          const { layer, below, above } = service
          switches.push({ layer, region, index: list.length, usual, sparse, below, above })
        }
        list.push(usual)
      })
      if (bytes.length > 0) gpu.device.queue.writeBuffer(parameters, 0, bytes)
      for (const [slot, { parts }] of plan.named)
        if (slot.startsWith(faultPrefix) && parts[0]) gpu.device.queue.writeBuffer(bufferOf(parts[0], slot), 0, zero)
      gpu.check()
      return new Program(gpu, name, plan, regions, owned, uniforms, switches)
    } catch (error) {
      for (const buffer of owned) gpu.buffers.release(buffer)
      for (const buffer of uniforms) buffer.destroy()
      throw error
    }
  }

  /** Submits a region's dispatches; does not wait. */
  run(region = 'main'): void {
    const list = this.dispatchesOf(region)
    const limit = this.gpu.facts.software ? flopsPerSubmission.software : flopsPerSubmission.hardware
    let at = 0
    while (at < list.length) {
      const encoder = this.gpu.device.createCommandEncoder({ label: `${this.name}/${region}` })
      const pass = encoder.beginComputePass()
      let flops = 0
      for (; at < list.length && (flops === 0 || flops < limit); at++) {
        const dispatch = list[at] as CompiledDispatch
        pass.setPipeline(dispatch.pipeline)
        pass.setBindGroup(0, dispatch.bindGroup)
        pass.dispatchWorkgroups(...dispatch.grid)
        flops += dispatch.cost.flops
      }
      pass.end()
      this.gpu.submitter.submit(encoder)
    }
  }

  /**
   * Runs a region once as `run` does, waits, counts the spikes that drive layers with two kernels, and chooses the kernels
   * of the runs that follow. Costs a count and a read-back: do it now and then.
   * @returns whether any layer changed its kernel
   */
  async adapt(region = 'main'): Promise<boolean> {
    const list = this.dispatchesOf(region)
    const places = this.switches.placesOf(region)
    if (places.size === 0) {
      this.run(region)
      await this.wait()
      return false
    }
    const counted = list.map((dispatch, index) => (places.has(index) ? dispatch : { ...dispatch, spikes: null }))
    const ones = await runCounting(this.gpu, counted, `${this.name}, counted`)
    const sums = new Map<string, { ones: number; neurons: number }>()
    for (const [index, layer] of places) {
      const sum = sums.get(layer) ?? { ones: 0, neurons: 0 }
      sum.ones += ones[index] ?? 0
      sum.neurons += list[index]?.cost.spikes?.neurons ?? 0
      sums.set(layer, sum)
    }
    return this.switches.decide(new Map([...sums].map(([layer, sum]) => [layer, sum.ones / Math.max(1, sum.neurons)])))
  }

  private dispatchesOf(region: string): CompiledDispatch[] {
    if (this.released) throw new Error(`${this.name} was released`)
    const list = this.regions.get(region)
    if (!list) throw new Error(`${this.name} has no region "${region}", only ${[...this.regions.keys()].join(', ')}`)
    return list
  }

  wait(): Promise<void> {
    return this.gpu.submitter.wait(this.waits)
  }

  /** Writes a named slot (an input, labels, metrics to be cleared). */
  write(slot: string, data: Float32Array | Uint32Array): void {
    const { value, parts } = this.named(slot)
    if (data.byteLength > value.elements * 4)
      throw new RangeError(`slot ${slot} holds ${value.elements} elements; got ${data.length}`)
    let at = 0
    for (const part of parts) {
      const bytes = Math.min(part.bytes, data.byteLength - at)
      if (bytes > 0)
        this.gpu.device.queue.writeBuffer(bufferOf(part, slot), 0, data.buffer, data.byteOffset + at, bytes)
      at += part.bytes
    }
  }

  async readFloats(slot: string): Promise<Float32Array> {
    const [words] = await this.readManyWords([slot])
    return words ? new Float32Array(words.buffer, words.byteOffset, words.length) : new Float32Array()
  }

  async readWords(slot: string): Promise<Uint32Array> {
    const [words] = await this.readManyWords([slot])
    return words ?? new Uint32Array()
  }

  /** Several word slots in one read-back: one wait instead of one each. */
  async readManyWords(slots: readonly string[]): Promise<Uint32Array[]> {
    const wanted = slots.map((slot) => this.named(slot))
    const [only] = wanted
    const [whole] = only?.parts ?? []
    if (wanted.length === 1 && only?.parts.length === 1 && whole) {
      const { elements } = only.value
      return [new Uint32Array(await this.gpu.submitter.read(bufferOf(whole, this.name), 0, elements * 4, this.waits))]
    }
    const total = wanted.reduce((sum, { value }) => sum + value.elements * 4, 0)
    const gathered = this.gpu.buffers.acquire(Math.max(total, 4), this.name)
    try {
      const encoder = this.gpu.device.createCommandEncoder()
      let offset = 0
      for (const { value, parts } of wanted) {
        const end = offset + value.elements * 4
        for (const part of parts) {
          const length = Math.min(part.bytes, end - offset)
          if (length > 0) encoder.copyBufferToBuffer(bufferOf(part, this.name), 0, gathered, offset, length)
          offset += length
        }
      }
      this.gpu.submitter.submit(encoder)
      const bytes = await this.gpu.submitter.read(gathered, 0, total, this.waits)
      offset = 0
      return wanted.map(({ value }) => {
        const words = new Uint32Array(bytes, offset, value.elements)
        offset += value.elements * 4
        return words
      })
    } finally {
      this.gpu.buffers.release(gathered)
    }
  }

  /** Inputs that ops could not use since the program was compiled, by the ops' labels; only those that had any. */
  async faults(): Promise<ReadonlyMap<string, number>> {
    const slots = [...this.plan.named.keys()].filter((slot) => slot.startsWith(faultPrefix))
    if (slots.length === 0) return new Map()
    const counts = await this.readManyWords(slots)
    const found = slots.map((slot, i) => [slot.slice(faultPrefix.length), counts[i]?.[0] ?? 0] as const)
    return new Map(found.filter(([, count]) => count > 0))
  }

  private named(slot: string): { value: Value; parts: readonly Slot[] } {
    const found = this.plan.named.get(slot)
    if (!found) throw new Error(`${this.name} has no slot "${slot}", only ${[...this.plan.named.keys()].join(', ')}`)
    return found
  }

  /** Sets the four numbers of a step uniform, if the program uses it. */
  setStep(name: string, numbers: readonly [number, number, number, number]): void {
    const slot = this.plan.stepUniforms.get(name)
    if (!slot) return
    if (numbers.some((number) => !Number.isFinite(number)))
      throw new NumericError(`step uniform ${name}`, `needs finite numbers; got ${numbers.join(', ')}.`)
    this.gpu.device.queue.writeBuffer(bufferOf(slot, name), 0, new Float32Array(numbers))
  }

  /** Runs a region once with every dispatch timed. The first run of a program includes shader compilation: run it before. */
  async profile(region = 'main', options: Pick<TimingOptions, 'method'> = {}): Promise<DispatchTiming[]> {
    const list = this.dispatchesOf(region)
    const times = await timeDispatches(this.gpu, list, { ...options, kind: this.waits })
    return list.map(({ label, kernel, flags, cost }, index) => ({
      label,
      kernel,
      flags,
      ...cost,
      ...(times[index] as DispatchTime),
    }))
  }

  /** Gives all buffers back to the pool. The program cannot run afterwards. */
  release(): void {
    if (this.released) return
    this.released = true
    for (const buffer of this.owned) this.gpu.buffers.release(buffer)
    for (const buffer of this.uniforms) buffer.destroy()
    this.regions.clear()
    this.gpu.submitter.forget(this.waits)
    this.gpu.submitter.retired++
  }
}

function bufferOf(holder: BufferHolder, what: string): GPUBuffer {
  if (!holder.buffer) throw new Error(`${what} has no buffer yet`)
  return holder.buffer
}
