/** What TypeScript knows of a kernel: its file, its bindings, its parameters. */
import { ShaderError } from '../errors.js'
import type { ShaderFlags } from './expression.js'

export type BindingAccess = 'read' | 'write' | 'uniform'
export type ParameterType = 'u32' | 'i32' | 'f32'

export interface KernelDefinition<B extends string = string, P extends string = string> {
  /** Where several kernels share a shader file and differ in what it includes; default: the file's path. */
  readonly name?: string
  /** Path under `shaders/` without `.wgsl`. */
  readonly shader: string
  /** Buffers in binding order 0, 1, ...; the parameter block follows them. */
  readonly bindings: Readonly<Record<B, BindingAccess>>
  /** Fields of the uniform struct `Parameters`, in order, four bytes each. */
  readonly parameters: Readonly<Record<P, ParameterType>>
  /** Flags and their defaults; a dispatch may set only these. */
  readonly flags: ShaderFlags
  /** Features the shader needs. */
  readonly needs?: readonly GPUFeatureName[]
  /** Invocations of one workgroup. */
  readonly workgroupSize: number
}

const registry = new Map<string, KernelDefinition>()

/** Declares a kernel. The declaration is compared with the reflected WGSL by a test, so they cannot drift apart. */
export function defineKernel<B extends string, P extends string>(
  definition: KernelDefinition<B, P>,
): KernelDefinition<B, P> {
  const storage = Object.values<BindingAccess>(definition.bindings).filter((access) => access !== 'uniform').length
  if (storage > 8) throw new ShaderError(definition.shader, `binds ${storage} storage buffers; 8 are portable.`, '')
  registry.set(definition.name ?? definition.shader, definition as KernelDefinition)
  return definition
}

/** Every declared kernel by its name, which mostly is its shader's. */
export const kernelRegistry: ReadonlyMap<string, KernelDefinition> = registry

/** Something that will have a buffer by the time a program runs: planning comes before allocation. */
export interface BufferHolder {
  buffer: GPUBuffer | null
}

/** A stretch of a buffer: what one binding sees. Offsets are multiples of 256 bytes. */
export interface BufferView {
  readonly holder: BufferHolder
  readonly offset: number
  readonly size: number
}

/** Work of a dispatch, from the op's own rule. */
export interface Cost {
  /** Arithmetic as if every input were dense; a multiply-add counts two. */
  readonly flops: number
  /** Least traffic with memory: each byte that must be read or written, once. */
  readonly bytes: number
  readonly spikes?: SpikeDrive
}

/** Packed spikes that drive a dispatch's arithmetic: where a share p of them is set, they ask for p · flops. */
export interface SpikeDrive {
  /** Name of the binding that holds them. */
  readonly binding: string
  /** Neurons in it, all images together. */
  readonly neurons: number
}

/** What an op says about a dispatch's cost; the rest follows from what the dispatch binds. */
export interface CostRule {
  /** Default 0: a dispatch that only moves data. */
  readonly flops?: number
  /** All traffic; default: each bound byte once, and outputs twice where the dispatch adds into them. */
  readonly bytes?: number
  /** Bytes of bindings of which the dispatch touches less, or that it touches more than once. */
  readonly touched?: Readonly<Record<string, number>>
  readonly spikes?: SpikeDrive
}

const maxWorkgroups = 65535

/** Workgroups in x and y that hold `invocations`; kernels find their index as (y · width + x) · size + local. */
export function gridFor(invocations: number, workgroupSize: number): [number, number] {
  const groups = Math.max(1, Math.ceil(invocations / workgroupSize))
  if (groups <= maxWorkgroups) return [groups, 1]
  const rows = Math.ceil(groups / maxWorkgroups)
  return [Math.ceil(groups / rows), rows]
}

/** Packs parameters into the bytes of the uniform struct. */
export function packParameters(kernel: KernelDefinition, values: Readonly<Record<string, number>>): ArrayBuffer {
  const fields = Object.entries<ParameterType>(kernel.parameters)
  const bytes = new ArrayBuffer(Math.max(16, Math.ceil(fields.length / 4) * 16))
  const view = new DataView(bytes)
  fields.forEach(([name, type], index) => {
    const value = values[name]
    if (value === undefined || !Number.isFinite(value))
      throw new ShaderError(kernel.shader, `parameter ${name} must be a finite number; got ${value}.`, '')
    if (type === 'f32') view.setFloat32(index * 4, value, true)
    else if (type === 'i32') view.setInt32(index * 4, value, true)
    else view.setUint32(index * 4, value, true)
  })
  return bytes
}
