/**
 * What a neuron is: a WGSL snippet with its charge, fire, reset and gradient, and what TypeScript knows of it. The
 * scaffold around the snippet (`shaders/neuron/forward.wgsl`, `backward.wgsl`) is the same for every neuron.
 */
import { OptionError, ShaderError } from '../../errors.js'
import { shaderSource } from '../../runtime/shader.js'
import { declareNeuronKernels } from './kernels.js'
import type { SurrogateOption } from './surrogate.js'

export type ResetMode = 'hard' | 'soft' | 'none'
export const resetModes: readonly ResetMode[] = ['hard', 'soft', 'none']

/** A number of a neuron: its default and the range it must lie in. */
export interface NumberParameter {
  /** A function gets the numbers declared before it and the reset mode. */
  readonly default: number | ((numbers: Readonly<Record<string, number>>, reset: ResetMode) => number)
  readonly above?: number
  readonly least?: number
  readonly below?: number
  readonly most?: number
  readonly integer?: boolean
  /** Ends the message when it is out of range. */
  readonly advice?: string
}

/** A number that is trained, one for the layer or, with the option `perChannel`, one for each channel. */
export interface LearnedParameter<P extends string = string> {
  initial(numbers: Readonly<Record<NoInfer<P>, number>>, timeSteps: number): number
  /** Initial values are uniform in ±spread around `initial`. */
  readonly spread?: number
  /** One for each time step: in WGSL an array, to be read at `step`. */
  readonly perStep?: boolean
}

/** What leaves a neuron. */
export type Emission =
  /** Spikes, as bits. */
  | 'spikes'
  /** A real value, `output(h, s)` of the snippet; it never fires. */
  | 'real'
  /** A real value that tells how strongly it fired: `grade`, `output` and `gradeOf` of the snippet. */
  | 'graded'
  /** It fires, and `output(h, s)` leaves it; the spikes are kept as well. */
  | 'realAndSpikes'

/**
 * @typeParam P names of its numbers @typeParam C names of its choices
 */
export interface NeuronDefinition<P extends string = string, C extends string = string> {
  /** Short and unique: names its kernels and its errors. A neuron of your own: `mylab/resonator`. */
  readonly name: string
  /** Shader file of the snippet. */
  readonly snippet: string
  /**
   * Names of its inputs where it has several, at most four: in WGSL `x` is then an `Input`, `x[0]` the first, and its
   * gradient `Input(dx0, dx1)`. They stand one after the other in the batch of the current, `[T, inputs·B, ...]`.
   */
  readonly inputs?: readonly string[]
  readonly numbers: Readonly<Record<P, NumberParameter>>
  /** Decisions about the snippet's text and their defaults; `decayInput` becomes the flag DECAY_INPUT. */
  readonly choices?: Readonly<Record<C, boolean>>
  /** Flags of the snippet that are no choice of the user. */
  readonly flags?: Readonly<Record<string, boolean | number>>
  /** Fields of `State` in the snippet, and what they are before the first step. */
  readonly states: Readonly<Record<string, (numbers: Readonly<Record<NoInfer<P>, number>>, reset: ResetMode) => number>>
  /** What the snippet reads as `p.<name>`. */
  constants(numbers: Readonly<Record<NoInfer<P>, number>>, reset: ResetMode): Readonly<Record<string, number>>
  /** Fields of `Learned` in the snippet. */
  readonly learned?: Readonly<Record<string, LearnedParameter<P>>>
  /** Reset modes it knows, the default first; empty if it has no reset. */
  readonly resets: readonly ResetMode[]
  /** Whether its reset may pass a gradient; default: if it has one. */
  readonly detachable?: boolean
  readonly emits: Emission
  /** Default surrogate; null for a neuron without one. */
  readonly surrogate: SurrogateOption | null
  /** It may emit the surrogate's primitive instead of spikes. */
  readonly soft?: boolean
  /** Floating-point operations of one step, forward; for the cost rule. */
  readonly flops: number
  /** Further conditions. @throws OptionError */
  check?(numbers: Readonly<Record<NoInfer<P>, number>>, reset: ResetMode): void
}

/** Options that every neuron with a spike has. */
export interface FiringOptions {
  readonly reset?: ResetMode
  /** No gradient through the reset; default false. */
  readonly detachReset?: boolean
  /** Fires only above the threshold, not at it; default false. */
  readonly strict?: boolean
  readonly surrogate?: SurrogateOption
  /** Emits the surrogate's primitive, a real number, instead of spikes; default false. */
  readonly soft?: boolean
  /** Learned numbers are one for each channel instead of one for the layer; default false. */
  readonly perChannel?: boolean
}

export type NeuronOptions<P extends string = string, C extends string = string> = Partial<Readonly<Record<P, number>>> &
  Partial<Readonly<Record<C, boolean>>> &
  FiringOptions

const definitions = new Map<string, NeuronDefinition>()

/** Every neuron by name. */
export const neuronRegistry: ReadonlyMap<string, NeuronDefinition> = definitions

const identifier = /^[A-Za-z][A-Za-z0-9_]*$/

function checkNames(where: string, names: readonly string[]): void {
  for (const name of names)
    if (!identifier.test(name)) throw new ShaderError(where, `"${name}" must be a name that WGSL allows.`, '')
}

/**
 * Makes a neuron known and declares its kernels. Its snippet must be a shader file (`registerShader`).
 * @throws OptionError when the name is taken, ShaderError when there is no such file or a name is not allowed in WGSL
 */
export function defineNeuron<const P extends string, const C extends string = never>(
  definition: NeuronDefinition<P, C>,
): NeuronDefinition<P, C> {
  const { name, snippet, states, learned = {} } = definition
  if (definitions.has(name))
    throw new OptionError(
      'defineNeuron',
      `there is a neuron called "${name}" already.`,
      'Prefix yours with your project.',
    )
  shaderSource(snippet)
  const { inputs } = definition
  if (inputs && (inputs.length < 2 || inputs.length > 4))
    throw new ShaderError(name, `a neuron has one input or two to four with names; got ${inputs.length}.`, '')
  if (Object.keys(states).length === 0) throw new ShaderError(name, 'a neuron needs at least one state.', '')
  checkNames(name, [...Object.keys(states), ...Object.keys(learned), ...Object.keys(definition.numbers)])
  const general = definition as unknown as NeuronDefinition
  declareNeuronKernels(general)
  definitions.set(name, general)
  return definition
}
