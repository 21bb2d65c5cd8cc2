/** Every kernel of the engine with every set of flags that an op may ask for. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { denseWeightGradient } from '../../src/ops/convolution-kernels.js'
import { neuronRegistry } from '../../src/ops/neuron/definition.js'
import { surrogateNames, surrogateShader, surrogates } from '../../src/ops/neuron/surrogate.js'
import type { ShaderFlags, ShaderValue } from '../../src/runtime/expression.js'
import { type KernelDefinition, kernelRegistry } from '../../src/runtime/kernel.js'
import { RandomSequence, RandomStream } from '../../src/runtime/philox.js'

const source = join(import.meta.dirname, '../../src')

/** Imports every file that declares a kernel, wherever it is. @returns the declared kernels */
export async function declaredKernels(): Promise<readonly KernelDefinition[]> {
  for (const file of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.gen.ts')) continue
    const path = join(source, file)
    if (/ = define(Kernel|Neuron)\(/.test(readFileSync(path, 'utf8'))) await import(/* @vite-ignore */ path)
  }
  return [...kernelRegistry.values()]
}

/** What a flag that is a number may be; other flags are true or false. */
const numbers: Readonly<Record<string, readonly number[]>> = {
  RESET: [0, 1, 2],
  KERNEL: [1, 3, 5],
  ROWS: [16, 32],
  CODE: [0, 1, 2, 3, 4, 5],
  UNTIED: [0, 1, 2],
  BLOCK: [8, 32],
  KIND: [0, 1, 2, 3, 4],
  QUADS: [1, 2, 4],
  STRIPS: [1, 4],
  LANES: [1, 2, 4, 8],
  TEAM: [2, 4, 8],
  BLOCKS: [1, 4, 10],
}

/** What a flag that names a shader file may be; other such flags have the one value that they are declared with. */
const files: Readonly<Record<string, readonly string[]>> = {
  SURROGATE: surrogateNames.map(surrogateShader),
}

/** Sets of flags that contradict what a kernel's header says of them. */
const excluded: Readonly<Record<string, (flags: ShaderFlags, kernel: KernelDefinition) => boolean>> = {
  // spikes are inputs, and only gradients meet weights that belong to source pixels
  'synapse/spike_forward': ({ UNTIED }) => UNTIED === 2,
  'convolution/spike_forward_events': ({ PAIR, VEC }) => PAIR === true && VEC === false,
  'convolution/spike_forward_events_team': ({ PAIR, VEC }) => PAIR === true && VEC === false,
  'convolution/input_gradient': ({ PAIR, VEC }) => PAIR === true && VEC === false,
  // a parallel neuron's surrogate has a fixed width
  'neuron/psn_backward': ({ LEARN_WIDTH, INPUT_GRADIENT, ACCUMULATE }) =>
    LEARN_WIDTH === true || (ACCUMULATE === true && INPUT_GRADIENT === false),
  // a sum is rounded once
  'elementwise/combine_forward': ({ HALF1, HALF_OUT, TWO, ACCUMULATE }) =>
    (HALF1 === true && TWO === false) || (HALF_OUT === true && ACCUMULATE === true),
  'convolution/dense_forward_subgroup': ({ ACCUMULATE, HALF_OUT }) => ACCUMULATE === true && HALF_OUT === true,
  'pooling/average': ({ SPIKES, HALF_IN }) => SPIKES === true && HALF_IN === true,
  'neuron/forward': neverTogether,
  'neuron/backward': neverTogether,
}

/** Halves come in fours. */
const loneHalves = ({ VEC, VEC_IN = VEC, HALF_IN, HALF_OUT, HALF0, HALF1 }: ShaderFlags): boolean =>
  (VEC === false && [HALF_OUT, HALF0, HALF1].includes(true)) || (VEC_IN === false && HALF_IN === true)

const neuronOf = (flags: ShaderFlags) => neuronRegistry.get(String(flags.NEURON).replace('neuron:', ''))

/** Whether a neuron is never run with these flags. */
function neverTogether(flags: ShaderFlags, kernel: KernelDefinition): boolean {
  const { SOFT, SPIKES, REAL, GRADED, LEARNED, LEARN_WIDTH, PER_CHANNEL, SURROGATE, STRICT } = flags
  const usual = SPIKES === kernel.flags.SPIKES && REAL === kernel.flags.REAL && GRADED === kernel.flags.GRADED
  const definition = neuronOf(flags)
  const soft = Object.values(surrogates)[surrogateNames.map(surrogateShader).indexOf(String(SURROGATE))]?.soft
  return Boolean(
    (SOFT ? SPIKES || REAL === false || !GRADED || !definition?.soft || !soft || STRICT : !usual) ||
      LEARNED !== (definition?.learned !== undefined || LEARN_WIDTH === true) ||
      (LEARN_WIDTH === true && (SURROGATE !== surrogateShader('atan') || !definition?.surrogate)) ||
      (PER_CHANNEL === true && !LEARNED) ||
      (flags.PARAMETER_GRADIENT === true && !LEARNED) ||
      (flags.ACCUMULATE === true && flags.INPUT_GRADIENT === false) ||
      (flags.REPLAY === true &&
        (flags.LOAD_CARRY || flags.STORE_CARRY || flags.PARAMETER_GRADIENT || flags.ACCUMULATE)) ||
      (flags.CONSTANT_INPUT === true && flags.INPUT_GRADIENT === false),
  )
}

/** @throws Error when a numeric flag has no entry in the table above */
function valuesOf(kernel: KernelDefinition, flag: string): readonly ShaderValue[] {
  const standard = kernel.flags[flag]
  if (standard !== undefined && neuronOf(kernel.flags)?.flags?.[flag] !== undefined) return [standard]
  // a team's kernels have texts of their own, for whole words alone
  if (
    (flag === 'TEAM' && typeof standard === 'boolean') ||
    (kernel.flags.TEAM === true && (flag === 'VEC' || flag === 'WORDS'))
  )
    return [standard as boolean]
  if (typeof standard === 'boolean') return [false, true]
  if (typeof standard === 'string') return kernel.name?.endsWith(' of lif') ? (files[flag] ?? [standard]) : [standard]
  const values = numbers[flag]
  if (!values) throw new Error(`${kernel.shader}: say in test/support/kernels.ts which numbers ${flag} may be`)
  return values
}

/** Kernels with more sets of flags than this are checked with a choice of them. */
const most = 4000

/**
 * Sets of flags a kernel is used with, in a fixed order: all of them, or where those are too many, enough that every
 * two values of two flags that may meet do meet.
 */
export function flagCombinations(kernel: KernelDefinition): ShaderFlags[] {
  const known = combinations.get(kernel)
  if (known) return known
  const found = findCombinations(kernel)
  combinations.set(kernel, found)
  return found
}

const combinations = new Map<KernelDefinition, ShaderFlags[]>()

function findCombinations(kernel: KernelDefinition): ShaderFlags[] {
  const domains = Object.keys(kernel.flags).map((flag) => [flag, valuesOf(kernel, flag)] as const)
  const impossible = (set: ShaderFlags) =>
    (kernel !== denseWeightGradient && loneHalves(set)) || (excluded[kernel.shader]?.(set, kernel) ?? false)
  const count = domains.reduce((product, [, values]) => product * values.length, 1)
  if (count > most) return pairwise(domains, impossible)
  let sets: ShaderFlags[] = [{}]
  for (const [flag, values] of domains) sets = sets.flatMap((set) => values.map((value) => ({ ...set, [flag]: value })))
  return sets.filter((set) => !impossible(set))
}

type Domains = readonly (readonly [flag: string, values: readonly ShaderValue[]])[]

/** Draws possible sets, each of which shows two values together that none before it did, until none is found any more. */
function pairwise(domains: Domains, impossible: (set: ShaderFlags) => boolean): ShaderFlags[] {
  const seen = new Set<number>()
  const sets: ShaderFlags[] = []
  const random = new RandomSequence([1, 2], RandomStream.syntheticData)
  for (let barren = 0; barren < 4000; barren++) {
    const choice = domains.map(([, values]) => Math.floor(random.next() * values.length))
    const set = Object.fromEntries(domains.map(([flag, values], k) => [flag, values[choice[k] ?? 0] as ShaderValue]))
    if (impossible(set)) continue
    const numbers = choice.map((value, k) => 32 * k + value)
    const pairs = numbers.flatMap((first, k) => numbers.slice(k + 1).map((second) => 4096 * first + second))
    if (pairs.every((pair) => seen.has(pair))) continue
    for (const pair of pairs) seen.add(pair)
    sets.push(set)
    barren = 0
  }
  return sets
}
