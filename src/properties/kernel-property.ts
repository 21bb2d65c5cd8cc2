/**
 * Properties of one kernel by itself: its outputs are those of a float64 oracle, for sizes, flags, numbers and data
 * drawn at random. Meant for kernels of one's own as much as for ours.
 */
import * as fc from 'fast-check'
import { NumericError } from '../errors.js'
import type { ShaderFlags, ShaderValue } from '../runtime/expression.js'
import type { Gpu } from '../runtime/gpu.js'
import type { KernelDefinition } from '../runtime/kernel.js'
import { type KernelArray, runKernel } from '../runtime/kernel-run.js'
import { philoxFill, RandomStream, toUnit } from '../runtime/philox.js'
import { specializeShader } from '../runtime/shader.js'
import { packSpikes } from '../testing/oracle/dissimilarity.js'
import type { Tolerance } from '../testing/tolerance.js'
import { type GpuProperty, gpuProperty } from './property.js'

/** What a binding is filled with. Numbers are multiples of 1/64: exact in float32. */
export type InputSpec =
  | { readonly kind: 'f32'; readonly elements: number /** Greatest size; default 2. */; readonly bound?: number }
  | { readonly kind: 'u32'; readonly elements: number /** Exclusive; default 256. */; readonly below?: number }
  /** Packed spikes: each image begins a new word. */
  | { readonly kind: 'spikes'; readonly images: number; readonly neurons: number }

/** What a binding will hold: 32-bit numbers, or packed spikes. */
export type OutputSpec =
  | { readonly kind: 'f32' | 'u32'; readonly elements: number }
  | { readonly kind: 'spikes'; readonly images: number; readonly neurons: number }

/** Sizes and numbers that were drawn. */
export interface DrawnNumbers {
  readonly [name: string]: number
}

export interface OracleContext {
  readonly numbers: DrawnNumbers
  readonly flags: ShaderFlags
}

/**
 * The same in float64, written from the equation: inputs by binding (spikes as zeros and ones) to outputs by binding.
 * A binding that is both is an input too.
 */
export type KernelOracle = (
  inputs: Readonly<Record<string, Float64Array>>,
  context: OracleContext,
) => Readonly<Record<string, ArrayLike<number>>>

export interface KernelPropertyOptions {
  readonly name?: string
  /** Sizes and other numbers by name. */
  readonly numbers: Readonly<Record<string, fc.Arbitrary<number>>>
  /** Flags that are drawn; others keep their defaults. */
  readonly flags?: Readonly<Record<string, fc.Arbitrary<ShaderValue>>>
  /** Contents of bindings before the dispatch. An output that is not among them begins with stale numbers. */
  readonly inputs: (numbers: DrawnNumbers) => Readonly<Record<string, InputSpec>>
  readonly outputs: (numbers: DrawnNumbers) => Readonly<Record<string, OutputSpec>>
  readonly parameters: (numbers: DrawnNumbers) => Readonly<Record<string, number>>
  readonly invocations?: (numbers: DrawnNumbers) => number
  /** Instead of invocations, for a grid of one's own. */
  readonly workgroups?: (numbers: DrawnNumbers) => readonly [number, number, number]
  /** Default 1e-5 absolute and relative. */
  readonly tolerance?: Tolerance
  readonly runs?: number
}

export interface KernelCase {
  readonly numbers: DrawnNumbers
  readonly flags: ShaderFlags
  /** Of the data. */
  readonly seed: number
}

/** Share of spikes that fire in each draw of a case's data: several draws, so that a smaller case fails where it can. */
const densities = [0.3, 0.9, 0.05] as const

/** Cases of a kernel: numbers and flags, and a seed that the data follow from. */
export function kernelCases(options: Pick<KernelPropertyOptions, 'numbers' | 'flags'>): fc.Arbitrary<KernelCase> {
  return fc.record({
    numbers: fc.record(options.numbers) as fc.Arbitrary<DrawnNumbers>,
    flags: fc.record(options.flags ?? {}) as fc.Arbitrary<ShaderFlags>,
    seed: fc.nat({ max: 1_000_000 }),
  })
}

export type CaseInputs = Record<string, Float64Array>

/** The numbers of every input of a case, in one of its draws. */
function drawInputs(options: KernelPropertyOptions, drawn: KernelCase, draw: number): CaseInputs {
  const inputs: CaseInputs = {}
  Object.entries(options.inputs(drawn.numbers)).forEach(([name, spec], index) => {
    const count = spec.kind === 'spikes' ? spec.images * spec.neurons : spec.elements
    const words = philoxFill([drawn.seed, 43], RandomStream.syntheticData, index, draw, count)
    inputs[name] = Float64Array.from(words, (word) => {
      const unit = toUnit(word)
      if (spec.kind === 'spikes') return Number(unit < (densities[draw] ?? 0.5))
      if (spec.kind === 'u32') return Math.floor(unit * (spec.below ?? 256))
      const bound = spec.bound ?? 2
      return Math.floor(unit * 128 * bound) / 64 - bound
    })
  })
  return inputs
}

/** Beyond an output's end lies this much that nobody may write. */
const guardElements = 16
const guardValue = 0x5a5a5a5a
const staleValue = 7

function packed(values: Float64Array, spec: InputSpec): KernelArray {
  if (spec.kind === 'f32') return Float32Array.from(values)
  if (spec.kind === 'u32') return Uint32Array.from(values)
  return packSpikes(values, spec.images, spec.neurons)
}

const wordsOf = (spec: OutputSpec): number =>
  spec.kind === 'spikes' ? spec.images * Math.ceil(spec.neurons / 32) : spec.elements

/** An output's first contents with the guard behind them. */
function guarded(contents: KernelArray | null, spec: OutputSpec, guard: boolean): KernelArray {
  const length = wordsOf(spec)
  const words = new Uint32Array(length + (guard ? guardElements : 0)).fill(guardValue)
  const first =
    contents ??
    (spec.kind === 'f32' ? new Float32Array(length).fill(staleValue) : new Uint32Array(length).fill(staleValue))
  words.set(new Uint32Array(first.buffer, first.byteOffset, length))
  return spec.kind === 'f32' ? new Float32Array(words.buffer) : words
}

/** Neuron n of image i as a number, and every surplus bit as a fault. */
function unpacked(words: KernelArray, spec: OutputSpec & { kind: 'spikes' }, name: string): Float64Array {
  const perImage = Math.ceil(spec.neurons / 32)
  const spikes = new Float64Array(spec.images * spec.neurons)
  for (let image = 0; image < spec.images; image++)
    for (let bit = 0; bit < perImage * 32; bit++) {
      const fired = ((words[image * perImage + (bit >>> 5)] ?? 0) >>> (bit & 31)) & 1
      if (bit < spec.neurons) spikes[image * spec.neurons + bit] = fired
      else if (fired)
        throw new NumericError(
          name,
          `bits beyond neuron ${spec.neurons - 1} must be zero; bit ${bit} of image ${image} is set.`,
        )
    }
  return spikes
}

/**
 * Runs a case. @returns outputs as numbers, spikes as zeros and ones
 * @throws NumericError when something was written beyond an output's end
 */
export async function runKernelCase(
  gpu: Gpu,
  kernel: KernelDefinition,
  options: KernelPropertyOptions,
  drawn: KernelCase,
  inputs: CaseInputs,
): Promise<Record<string, ArrayLike<number>>> {
  const { numbers, flags } = drawn
  const [inputSpecs, outputSpecs] = [options.inputs(numbers), options.outputs(numbers)]
  // a kernel that asks how long an array is would take the guard for a part of it
  const guard = !specializeShader(kernel.shader, { ...kernel.flags, ...flags }).includes('arrayLength')
  const data: Record<string, KernelArray> = {}
  for (const [name, spec] of Object.entries(inputSpecs)) data[name] = packed(inputs[name] ?? new Float64Array(), spec)
  for (const [name, spec] of Object.entries(outputSpecs)) data[name] = guarded(data[name] ?? null, spec, guard)
  const grid = options.workgroups
    ? { workgroups: options.workgroups(numbers) }
    : { invocations: options.invocations?.(numbers) ?? 1 }
  const written = await runKernel(gpu, { kernel, flags, data, parameters: options.parameters(numbers), ...grid })
  const results: Record<string, ArrayLike<number>> = {}
  for (const [name, spec] of Object.entries(outputSpecs)) {
    const values = written[name]
    if (!values)
      throw new NumericError(kernel.shader, `its binding ${name} is an output here and is not declared as one.`)
    const length = wordsOf(spec)
    if (guard) {
      const behind = new Uint32Array(values.buffer, values.byteOffset + length * 4, guardElements)
      const touched = behind.findIndex((word) => word !== guardValue)
      if (touched >= 0) throw new NumericError(name, `has ${length} elements; element ${length + touched} was written.`)
    }
    const own = values.subarray(0, length)
    results[name] = spec.kind === 'spikes' ? unpacked(own, spec, name) : own
  }
  return results
}

export interface Mismatch {
  readonly output: string
  readonly index: number
  readonly actual: number
  readonly expected: number
  readonly off: number
  readonly total: number
}

/** Where an output is farthest off, or null. NaN is close to nothing. */
export function worstMismatch(
  output: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { absolute = 0, relative = 0 }: Tolerance,
): Mismatch | null {
  let [off, worst, excess] = [0, -1, -1]
  const total = Math.max(actual.length, expected.length)
  for (let i = 0; i < total; i++) {
    const [a, e] = [actual[i] ?? Number.NaN, expected[i] ?? Number.NaN]
    const distance = a === e ? 0 : Math.abs(a - e)
    if (distance <= absolute + relative * Math.abs(e)) continue
    off++
    const by = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance
    if (by > excess) [worst, excess] = [i, by]
  }
  if (off === 0) return null
  return {
    output,
    index: worst,
    actual: actual[worst] ?? Number.NaN,
    expected: expected[worst] ?? Number.NaN,
    off,
    total,
  }
}

/** Finds what is wrong with a case on given inputs; null when all is well. */
export type Judge = (gpu: Gpu, drawn: KernelCase, inputs: CaseInputs) => Promise<Mismatch | null>

const mismatchText = ({ output, index, actual, expected, off, total }: Mismatch): string =>
  `${output}[${index}] is ${actual}, must be ${expected}; ${off} of ${total} are off`

/** Failures of either kind: a wrong number, or an error on the way. */
async function faultOf(judge: Judge, gpu: Gpu, drawn: KernelCase, inputs: CaseInputs): Promise<string | null> {
  try {
    const mismatch = await judge(gpu, drawn, inputs)
    return mismatch && mismatchText(mismatch)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

const mostTrials = 300

/** Zeroes whatever of the inputs can be zero without the fault going away: halves, quarters, single numbers. */
async function simplify(judge: Judge, gpu: Gpu, drawn: KernelCase, inputs: CaseInputs): Promise<CaseInputs> {
  const simple: CaseInputs = Object.fromEntries(Object.entries(inputs).map(([name, values]) => [name, values.slice()]))
  let trials = 0
  for (const values of Object.values(simple))
    for (let size = values.length; size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
      for (let from = 0; from < values.length; from += size) {
        const kept = values.slice(from, from + size)
        if (kept.every((value) => value === 0) || trials++ >= mostTrials) continue
        values.fill(0, from, from + size)
        if ((await faultOf(judge, gpu, drawn, simple)) === null) values.set(kept, from)
      }
  return simple
}

/** An input in a line: everything when it is short, else only what is not zero. */
function inputText(values: Float64Array): string {
  if (values.length <= 8) return `[${Array.from(values).join(', ')}]`
  const set = Array.from(values.entries()).filter(([, value]) => value !== 0)
  const shown = set.slice(0, 6).map(([index, value]) => `[${index}] = ${value}`)
  const more = set.length > 6 ? `, and ${set.length - 6} more` : ''
  return `${values.length} numbers, ${set.length === 0 ? 'all 0' : `0 but ${shown.join(', ')}${more}`}`
}

const pairs = (record: Readonly<Record<string, unknown>>): string =>
  Object.entries(record)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ') || 'none'

/** A property whose cases are judged on inputs drawn from their seed, and explained on the simplest that still fail. */
export function judgedProperty(
  name: string,
  kernels: readonly string[],
  options: KernelPropertyOptions,
  judge: Judge,
): GpuProperty {
  const property: GpuProperty<KernelCase> = {
    name,
    kernels,
    cases: kernelCases(options),
    ...(options.runs === undefined ? { runs: 15 } : { runs: options.runs }),
    async holds(gpu, drawn) {
      for (const draw of densities.keys()) {
        const mismatch = await judge(gpu, drawn, drawInputs(options, drawn, draw))
        if (mismatch) throw new NumericError(name, mismatchText(mismatch))
      }
    },
    async explain(gpu, drawn, failure) {
      const draws = [...densities.keys()].map((draw) => drawInputs(options, drawn, draw))
      let inputs = draws[0] ?? {}
      for (const candidate of draws)
        if ((await faultOf(judge, gpu, drawn, candidate)) !== null) {
          inputs = await simplify(judge, gpu, drawn, candidate)
          break
        }
      const fault = (await faultOf(judge, gpu, drawn, inputs)) ?? failure.message
      return [
        `numbers ${pairs(drawn.numbers)}`,
        `flags   ${pairs(drawn.flags)}`,
        ...Object.entries(inputs).map(([input, values]) => `${input.padEnd(7)} ${inputText(values)}`),
        `found   ${fault}`,
      ].join('\n')
    },
  }
  return gpuProperty(property)
}

/**
 * The outputs of a kernel are those of its oracle. Outputs begin with stale numbers, so that a kernel which adds where
 * it should write shows, and end in a guard, so that one which writes too far shows (unless it asks for `arrayLength`).
 */
export function kernelProperty(
  kernel: KernelDefinition,
  oracle: KernelOracle,
  options: KernelPropertyOptions,
): GpuProperty {
  const tolerance = options.tolerance ?? { absolute: 1e-5, relative: 1e-5 }
  const name = options.name ?? `${kernel.shader}: gives what its oracle gives`
  return judgedProperty(name, [kernel.shader], options, async (gpu, drawn, inputs) => {
    const actual = await runKernelCase(gpu, kernel, options, drawn, inputs)
    const flags = { ...kernel.flags, ...drawn.flags }
    const expected = oracle(inputs, { numbers: drawn.numbers, flags })
    for (const [output, values] of Object.entries(actual)) {
      const due = expected[output]
      if (!due) throw new NumericError(kernel.shader, `its oracle says nothing of the output ${output}.`)
      const mismatch = worstMismatch(output, values, due, tolerance)
      if (mismatch) return mismatch
    }
    return null
  })
}
