/** Compiled pipelines, one for each kernel and set of flags, for the life of the device. */
import { ShaderError } from '../errors.js'
import type { ShaderFlags } from './expression.js'
import type { BindingAccess, KernelDefinition } from './kernel.js'
import { shaderRevision, specializeShader } from './shader.js'

export interface CompiledPipeline {
  readonly pipeline: GPUComputePipeline
  readonly layout: GPUBindGroupLayout
}

const bufferType: Record<BindingAccess, GPUBufferBindingType> = {
  read: 'read-only-storage',
  write: 'storage',
  uniform: 'uniform',
}

/** Flags of a dispatch over the kernel's defaults; unknown names are refused. */
export function mergeFlags(kernel: KernelDefinition, flags: ShaderFlags): ShaderFlags {
  for (const name of Object.keys(flags)) {
    if (!Object.hasOwn(kernel.flags, name))
      throw new ShaderError(
        kernel.shader,
        `knows no flag ${name}.`,
        `It has ${Object.keys(kernel.flags).join(', ') || 'none'}.`,
      )
  }
  return { ...kernel.flags, ...flags }
}

export class PipelineCache {
  private readonly device: GPUDevice
  private readonly compiled = new Map<string, Promise<CompiledPipeline>>()
  /** Told of every kernel that somebody is about to run. */
  onUse: ((shader: string) => void) | null = null

  constructor(device: GPUDevice) {
    this.device = device
  }

  /** Pipelines compiled so far: a search must stop raising this after its first architectures. */
  get count(): number {
    return this.compiled.size
  }

  /** @throws ShaderError with the offending line when the shader does not compile */
  get(kernel: KernelDefinition, flags: ShaderFlags): Promise<CompiledPipeline> {
    this.onUse?.(kernel.shader)
    const merged = mergeFlags(kernel, flags)
    const revision = shaderRevision(kernel.shader)
    const key = `${kernel.shader}${revision > 1 ? `#${revision}` : ''}|${Object.entries(merged)
      .map(([name, value]) => `${name}=${value}`)
      .join(',')}`
    let entry = this.compiled.get(key)
    if (!entry) {
      entry = this.compile(kernel, merged, key)
      this.compiled.set(key, entry)
    }
    return entry
  }

  private async compile(kernel: KernelDefinition, flags: ShaderFlags, key: string): Promise<CompiledPipeline> {
    const code = specializeShader(kernel.shader, flags)
    const module = this.device.createShaderModule({ code, label: key })
    const information = await module.getCompilationInfo()
    const error = information.messages.find((message) => message.type === 'error')
    if (error) {
      const line = code.split('\n')[error.lineNum - 1]?.trim() ?? ''
      throw new ShaderError(key, `line ${error.lineNum}:${error.linePos} ${error.message}`, `in: ${line}`)
    }
    const entries = Object.values<BindingAccess>(kernel.bindings).map((access, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: bufferType[access] },
    }))
    if (Object.keys(kernel.parameters).length > 0) {
      entries.push({
        binding: entries.length,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: 'uniform' as const },
      })
    }
    const layout = this.device.createBindGroupLayout({ entries, label: key })
    const pipeline = await this.device.createComputePipelineAsync({
      layout: this.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: 'main' },
      label: key,
    })
    return { pipeline, layout }
  }
}
