/** Properties of a kernel that computes a gradient: finite differences of the smooth primitive, and the dot test. */
import { NumericError, ShaderError } from '../errors.js'
import type { KernelDefinition } from '../runtime/kernel.js'
import { dot, finiteDifferences } from '../testing/gradient.js'
import {
  type CaseInputs,
  judgedProperty,
  type KernelPropertyOptions,
  type Mismatch,
  type OracleContext,
  runKernelCase,
  worstMismatch,
} from './kernel-property.js'
import type { GpuProperty } from './property.js'

/** The differentiable function in float64: inputs by name to its output. */
export type Primitive = (inputs: Readonly<Record<string, Float64Array>>, context: OracleContext) => ArrayLike<number>

export interface GradientPropertyOptions extends KernelPropertyOptions {
  /** Input by which is differentiated; default `x`. */
  readonly by?: string
  /** Input that holds the gradient of the primitive's output; default `dy`. */
  readonly upstream?: string
  /** Output that receives the gradient; default `dx`. */
  readonly result?: string
  /** Step of the differences; default 1e-4. */
  readonly step?: number
  /**
   * The forward kernel of a linear primitive, its output and how it is called: then <y, dy> = <x, dx> must hold as well,
   * with both sides from the GPU.
   */
  readonly linear?: {
    readonly kernel: KernelDefinition
    readonly output: string
    readonly options: KernelPropertyOptions
  }
}

/**
 * A gradient kernel agrees with central differences of the sum of primitive · upstream; for a linear primitive with its
 * forward kernel it is also that kernel's adjoint. Differences need a case small enough for two evaluations a number.
 */
export function gradientProperty(
  kernel: KernelDefinition,
  primitive: Primitive,
  options: GradientPropertyOptions,
): GpuProperty {
  const { by = 'x', upstream = 'dy', result = 'dx', step = 1e-4, linear } = options
  const tolerance = options.tolerance ?? { absolute: 1e-3, relative: 1e-3 }
  const name = options.name ?? `${kernel.shader}: is the gradient of its primitive`
  const kernels = linear ? [kernel.shader, linear.kernel.shader] : [kernel.shader]
  return judgedProperty(name, kernels, options, async (gpu, drawn, inputs) => {
    const [x, dy] = [named(inputs, by, name), named(inputs, upstream, name)]
    const context = { numbers: drawn.numbers, flags: { ...kernel.flags, ...drawn.flags } }
    const outputs = await runKernelCase(gpu, kernel, options, drawn, inputs)
    const dx = outputs[result]
    if (!dx) throw new ShaderError(kernel.shader, `has no output ${result}.`)
    // where the result is an input too, the kernel adds to it
    const before = inputs[result]
    const differences = finiteDifferences((at) => dot(primitive({ ...inputs, [by]: at }, context), dy), x, step)
    const expected = before ? differences.map((value, i) => value + (before[i] ?? 0)) : differences
    const mismatch = worstMismatch(result, dx, expected, tolerance)
    if (mismatch || !linear) return mismatch
    const own: CaseInputs = Object.fromEntries(
      Object.keys(linear.options.inputs(drawn.numbers)).map((input) => [input, named(inputs, input, name)]),
    )
    const forward = await runKernelCase(gpu, linear.kernel, linear.options, { ...drawn, flags: {} }, own)
    const gradient = before ? Float64Array.from(dx, (value, i) => value - (before[i] ?? 0)) : dx
    return dotMismatch(dot(forward[linear.output] ?? [], dy), dot(x, gradient), x, gradient)
  })
}

function dotMismatch(left: number, right: number, x: ArrayLike<number>, dx: ArrayLike<number>): Mismatch | null {
  const scale = 1 + Math.sqrt(dot(x, x) * dot(dx, dx))
  if (Math.abs(left - right) <= 1e-5 * scale) return null
  return { output: '<x, dx>', index: 0, actual: right, expected: left, off: 1, total: 1 }
}

function named(inputs: CaseInputs, input: string, name: string): Float64Array {
  const values = inputs[input]
  if (!values) throw new NumericError(name, `needs an input ${input}; there are ${Object.keys(inputs).join(', ')}.`)
  return values
}
