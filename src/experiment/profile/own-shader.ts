/** Profile of a shader file of the user's own: bindings are read from its text, sizes and parameters are given. */
import { z } from 'zod'
import { ConfigError, ShaderError } from '../../errors.js'
import { mebibytes } from '../../runtime/buffer-pool.js'
import type { ShaderFlags } from '../../runtime/expression.js'
import type { Gpu } from '../../runtime/gpu.js'
import type { CostRule, KernelDefinition } from '../../runtime/kernel.js'
import { type KernelArray, type KernelCall, LoadedKernel } from '../../runtime/kernel-run.js'
import { type Profile, type ProfileOptions, profilePhases } from '../../runtime/profiler/profile.js'
import { timeDispatches } from '../../runtime/profiler/timing.js'
import { registerShader, specializeShader } from '../../runtime/shader.js'
import { type DeclaredBinding, readDeclaration } from '../../runtime/wgsl-declaration.js'
import { randomFloats, randomSpikeWords } from './fill.js'

const count = z
  .number()
  .int()
  .min(0)
  .max(2 ** 32)
const group = z.number().int().min(1).max(65535)

/** How a binding is filled: with zeros, with numbers in [-1, 1), or with bits of which a share is set. */
const fill = z.union([z.enum(['zeros', 'random']), z.strictObject({ spikes: z.number().min(0).max(1) })])

export const ownShaderSchema = z.strictObject({
  /** Elements of each binding, in scalars of 32 bits. */
  elements: z.record(z.string(), count).default({}),
  parameters: z.record(z.string(), z.number()).default({}),
  flags: z.record(z.string(), z.union([z.boolean(), z.number()])).default({}),
  fill: z.record(z.string(), fill).default({}),
  /** Invocations in a grid as `lib/grid` folds it, or workgroups of each dimension. */
  invocations: count.optional(),
  workgroups: z.tuple([group, group, group]).optional(),
  /** Floating-point operations of a dispatch; without them only traffic is judged. */
  flops: z.number().min(0).optional(),
  /** Least traffic of a dispatch in bytes; default: all that is bound, once. */
  bytes: z.number().min(0).optional(),
})

/** Sizes, parameters and cost of one dispatch of a shader file. */
export type OwnShaderSettings = z.output<typeof ownShaderSchema>
export type OwnShaderInput = z.input<typeof ownShaderSchema>

/** @throws ConfigError naming every setting that does not fit */
export function parseOwnShaderSettings(value: unknown, where: string): OwnShaderSettings {
  const parsed = ownShaderSchema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`)
  throw new ConfigError(where, `does not describe a dispatch: ${problems.join('; ')}.`, 'See "profile --help".')
}

/** @throws ShaderError naming the first that is missing or too many */
function requireNames(
  where: string,
  what: string,
  given: Iterable<string>,
  declared: readonly string[],
  all: boolean,
): void {
  const names = new Set(given)
  const unknown = [...names].find((name) => !declared.includes(name))
  if (unknown !== undefined)
    throw new ShaderError(where, `declares no ${what} ${unknown}; it has ${declared.join(', ') || 'none'}.`)
  const missing = all ? declared.find((name) => !names.has(name)) : undefined
  if (missing !== undefined) throw new ShaderError(where, `needs a value for its ${what} ${missing}.`)
}

/** Names between `${` and `}` in the text of a shader: its flags. */
function flagNames(text: string): string[] {
  const expressions = [...text.replace(/\/\/[^\n]*/g, '').matchAll(/\$\{([^}]*)\}/g)].map(([, inside = '']) => inside)
  const names = expressions.flatMap((expression) => expression.match(/[A-Za-z_]\w*/g) ?? [])
  return [...new Set(names)].filter((name) => name !== 'true' && name !== 'false')
}

function contents(binding: DeclaredBinding, elements: number, how: OwnShaderSettings['fill'][string]): KernelArray {
  const length = Math.ceil(elements / binding.lanes) * binding.lanes
  if (how === 'zeros') {
    if (binding.scalar === 'f32') return new Float32Array(length)
    return binding.scalar === 'i32' ? new Int32Array(length) : new Uint32Array(length)
  }
  if (typeof how === 'object') return randomSpikeWords(1, length * 32, how.spikes)
  if (binding.scalar === 'f32') return randomFloats(length)
  const words = randomSpikeWords(1, length * 32, 0.5)
  return binding.scalar === 'i32' ? new Int32Array(words.buffer) : words
}

/**
 * A dispatch of a shader text.
 * @param name what to call it; made known as a shader under this name
 * @param largestBinding in bytes
 * @throws ShaderError when the text and the settings do not fit together
 */
export function ownShaderCall(
  name: string,
  text: string,
  settings: OwnShaderSettings,
  largestBinding: number,
): KernelCall {
  const flags: ShaderFlags = settings.flags
  requireNames(name, 'flag', Object.keys(flags), flagNames(text), true)
  registerShader(name, text)
  const declaration = readDeclaration(name, specializeShader(name, flags))
  const bindingNames = declaration.bindings.map((binding) => binding.name)
  requireNames(name, 'binding', Object.keys(settings.elements), bindingNames, true)
  requireNames(name, 'binding', Object.keys(settings.fill), bindingNames, false)
  requireNames(name, 'parameter', Object.keys(settings.parameters), Object.keys(declaration.parameters), true)
  for (const [binding, elements] of Object.entries(settings.elements))
    if (elements * 4 > largestBinding)
      throw new ShaderError(
        name,
        `binding ${binding} would hold ${mebibytes(elements * 4)}; this device binds at most ${mebibytes(largestBinding)}.`,
        'Give it fewer elements.',
      )
  if ((settings.invocations === undefined) === (settings.workgroups === undefined))
    throw new ShaderError(name, 'needs either invocations or workgroups, and not both.')
  const kernel: KernelDefinition = {
    shader: name,
    bindings: Object.fromEntries(declaration.bindings.map((binding) => [binding.name, binding.access])),
    parameters: declaration.parameters,
    flags,
    workgroupSize: declaration.workgroupSize,
  }
  const data = Object.fromEntries(
    declaration.bindings.map((binding) => [
      binding.name,
      contents(
        binding,
        settings.elements[binding.name] ?? 0,
        settings.fill[binding.name] ?? (binding.access === 'read' ? 'random' : 'zeros'),
      ),
    ]),
  )
  const cost: CostRule = {
    ...(settings.flops === undefined ? {} : { flops: settings.flops }),
    ...(settings.bytes === undefined ? {} : { bytes: settings.bytes }),
  }
  const grid = settings.workgroups ? { workgroups: settings.workgroups } : { invocations: settings.invocations ?? 0 }
  return { kernel, data, parameters: settings.parameters, ...grid, cost }
}

/** Times a shader text of the user's own. @throws ShaderError, LimitError saying what does not fit */
export async function profileOwnShader(
  gpu: Gpu,
  name: string,
  text: string,
  settings: OwnShaderSettings,
  options: ProfileOptions = {},
): Promise<Profile> {
  const loaded = await LoadedKernel.load(gpu, ownShaderCall(name, text, settings, gpu.maxBinding))
  try {
    const phase = {
      name: 'one dispatch',
      timedRun: async () => {
        const times = await timeDispatches(gpu, [loaded.dispatch], { kind: `profile ${name}` })
        return times.map((time) => ({ ...time, ...loaded.cost, kernel: name, label: name }))
      },
      plainRun: async () => {
        loaded.run()
        await gpu.submitter.wait(`run ${name}`)
      },
    }
    return await profilePhases(gpu, name, [phase], options)
  } finally {
    loaded.release()
  }
}
