/** Can this adapter be trusted? Runs the kernels' properties and says which kernels hold. */
import { OptionError } from '../errors.js'
import type { Gpu } from '../runtime/gpu.js'
import { canRun, checkProperty, defaultSeed, type GpuProperty, type PropertyOutcome } from './property.js'
import { gpuProperties } from './table.js'

export interface KernelCheckOptions {
  /** Only properties that run a kernel whose name contains one of these. */
  readonly kernels?: readonly string[]
  readonly seed?: number
  /** Cases of each property; default: as many as each says. */
  readonly runs?: number
  readonly properties?: readonly GpuProperty[]
  readonly onOutcome?: (outcome: PropertyOutcome, done: number, total: number) => void
  readonly signal?: AbortSignal
}

export interface KernelVerdict {
  readonly kernel: string
  /** Whether every property that runs it held. */
  readonly trusted: boolean
  readonly properties: readonly string[]
}

export interface KernelCheck {
  readonly adapter: string
  readonly seed: number
  readonly passed: boolean
  readonly kernels: readonly KernelVerdict[]
  readonly outcomes: readonly PropertyOutcome[]
  /** Kernels that this adapter cannot run and the engine does not use on it, such as those for subgroups. */
  readonly unused: readonly string[]
}

/** Properties that run any of the kernels named. @throws OptionError when a name fits none */
export function chooseProperties(
  properties: readonly GpuProperty[],
  kernels: readonly string[],
): readonly GpuProperty[] {
  if (kernels.length === 0) return properties
  const known = [...new Set(properties.flatMap((property) => property.kernels))].sort()
  const unknown = kernels.find((name) => !known.some((kernel) => kernel.includes(name)))
  if (unknown !== undefined)
    throw new OptionError('kernel', `no property runs a kernel called "${unknown}".`, `There are: ${known.join(', ')}.`)
  return properties.filter((property) =>
    property.kernels.some((kernel) => kernels.some((name) => kernel.includes(name))),
  )
}

/** Runs properties one after the other. Each starts from the same seed, so each can be run again by itself. */
export async function checkKernels(gpu: Gpu, options: KernelCheckOptions = {}): Promise<KernelCheck> {
  const { seed = defaultSeed, runs, signal } = options
  const asked = chooseProperties(options.properties ?? gpuProperties, options.kernels ?? [])
  const chosen = asked.filter((property) => canRun(gpu, property))
  const runnable = new Set(chosen.flatMap(({ kernels }) => kernels))
  const outcomes: PropertyOutcome[] = []
  for (const property of chosen) {
    if (signal?.aborted) break
    const outcome = await checkProperty(gpu, property, { seed, ...(runs === undefined ? {} : { runs }) })
    outcomes.push(outcome)
    options.onOutcome?.(outcome, outcomes.length, chosen.length)
  }
  return {
    adapter: gpu.name,
    seed,
    passed: outcomes.every(({ passed }) => passed),
    kernels: verdicts(outcomes),
    outcomes,
    unused: [...new Set(asked.flatMap(({ kernels }) => kernels))].filter((kernel) => !runnable.has(kernel)).sort(),
  }
}

function verdicts(outcomes: readonly PropertyOutcome[]): KernelVerdict[] {
  const names = [...new Set(outcomes.flatMap(({ kernels }) => kernels))].sort()
  return names.map((kernel) => {
    const about = outcomes.filter(({ kernels }) => kernels.includes(kernel))
    return { kernel, trusted: about.every(({ passed }) => passed), properties: about.map(({ name }) => name) }
  })
}
