/**
 * What every neuron's float64 reference has, and how it is run over time (sheet 12, section 3.1). A model is one step of
 * one neuron and that step's gradient, both written from the sheet and independent of each other.
 */
import { OptionError } from '../../../errors.js'
import { accumulate, at, type Numbers, requireIntegers, requireLength } from '../array.js'
import { atanWidthSlope, surrogateNamed } from '../surrogates.js'

export type NeuronNumbers = Readonly<Record<string, number>>
export type NeuronStates = Readonly<Record<string, number>>

export interface NeuronSettings {
  readonly reset: 'hard' | 'soft' | 'none'
  /** No gradient through the reset. */
  readonly detachReset: boolean
  /** Fires only above the threshold, not at it. */
  readonly strict: boolean
  /** Decisions such as `decayInput`. */
  readonly choices: Readonly<Record<string, boolean>>
  /** Surrogate and its numbers, in the sheet's order. */
  readonly surrogate: { readonly name: string; readonly numbers: readonly number[] }
}

/** A spike as it leaves the neuron and as the reset sees it: they differ where a check detaches the reset. */
export interface Firing {
  readonly s: number
  readonly atReset: number
}

export interface StepContext {
  readonly x: number
  /** Of a model with several inputs those after the first. */
  readonly others: readonly number[]
  readonly t: number
  readonly numbers: NeuronNumbers
  readonly settings: NeuronSettings
}

export interface StepResult {
  readonly states: NeuronStates
  /** Membrane before the reset. */
  readonly membrane: number
  /** What leaves the neuron. */
  readonly output: number
}

export interface GradientContext extends StepContext {
  /** Before the step. */
  readonly states: NeuronStates
  /** The spike that was fired. */
  readonly s: number
  /** dL/d(output). */
  readonly G: number
  /** dL/d(states after the step). */
  readonly carry: NeuronStates
  /** Gradient of x where s = H(x) has the gradient ds. */
  throughSpike(x: number, ds: number): number
  /** Adds to the gradient of a number. */
  add(number: string, amount: number): void
}

export interface NeuronModel {
  /** How many inputs a neuron has; default 1. */
  readonly inputs?: number
  initial(numbers: NeuronNumbers, settings: NeuronSettings): NeuronStates
  /** @param fire to be asked with what is compared with zero, at most once */
  step(states: NeuronStates, context: StepContext, fire: (x: number) => Firing): StepResult
  /** dL/dx, of the other inputs too where there are some, and dL/d(states before the step). */
  gradient(context: GradientContext): {
    readonly dx: number
    readonly others?: readonly number[]
    readonly carry: NeuronStates
  }
  /** The spike's step function where it is not H. */
  readonly stepFunction?: (x: number) => number
}

export interface NeuronRun {
  readonly timeSteps: number
  /** B·H·W·C. */
  readonly neurons: number
  /** Of one neuron each; default: the model's own. */
  readonly initialStates?: (neuron: number) => NeuronStates
  /** Numbers that differ from neuron to neuron. */
  readonly numbersOf?: (neuron: number) => NeuronNumbers
  /** `[T, neurons]` spikes that take the place of the comparison, as another device computed them. */
  readonly replaySpikes?: Numbers
  /** Takes the place of the step function: gets t and neuron too. */
  readonly fire?: (x: number, index: number) => Firing
}

export interface NeuronOutcome {
  /** `[T, neurons]` */
  readonly spikes: Float64Array
  readonly output: Float64Array
  /** Membrane before the reset. */
  readonly membrane: Float64Array
  /** What was compared with zero; NaN where nothing was. */
  readonly excess: Float64Array
  /** Of each neuron before each step, then after the last, `[T + 1][neurons]`. */
  readonly states: readonly (readonly NeuronStates[])[]
}

export const heaviside = (x: number, strict: boolean): number => Number(strict ? x > 0 : x >= 0)

const element = <T>(list: readonly T[], index: number): T => {
  const found = list[index]
  if (found === undefined) throw new OptionError('neuron oracle', `has no element ${index}.`)
  return found
}

/** State by name; a model asks only for those it has. @throws OptionError for another */
export function stateOf(states: NeuronStates, name: string): number {
  const value = states[name]
  if (value === undefined) throw new OptionError('neuron oracle', `the model has no state ${name}.`)
  return value
}

/** Number by name. @throws OptionError when it was not given */
export const numberOf = (numbers: NeuronNumbers, name: string): number => stateOf(numbers, name)

/** Places of a neuron's inputs in x `[T, inputs, neurons]`, or `[inputs, neurons]` where they stay the same. */
function inputPlaces(model: NeuronModel, x: Numbers, { timeSteps, neurons }: NeuronRun) {
  const { inputs = 1 } = model
  const constant = x.length === inputs * neurons
  requireLength('neuron oracle', 'x', x, (constant ? 1 : timeSteps) * inputs * neurons)
  return (t: number, n: number): readonly number[] =>
    Array.from({ length: inputs }, (_, k) => ((constant ? 0 : t) * inputs + k) * neurons + n)
}

/** Inputs of one neuron at one step. */
function inputsAt(x: Numbers, places: readonly number[]): Pick<StepContext, 'x' | 'others'> {
  const [first = Number.NaN, ...others] = places.map((place) => at(x, place))
  return { x: first, others }
}

/**
 * Runs a population.
 * @param x `[T, neurons]`, or `[neurons]` for an input that stays the same over all steps; of a model with several inputs
 * `[T, inputs, neurons]` or `[inputs, neurons]`
 * @throws ShapeError on a wrong length
 */
export function runNeurons(
  model: NeuronModel,
  x: Numbers,
  numbers: NeuronNumbers,
  settings: NeuronSettings,
  run: NeuronRun,
): NeuronOutcome {
  const { timeSteps, neurons, replaySpikes } = run
  requireIntegers('neuron oracle', { timeSteps, neurons })
  const places = inputPlaces(model, x, run)
  if (replaySpikes) requireLength('neuron oracle', 'replaySpikes', replaySpikes, timeSteps * neurons)
  const empty = () => new Float64Array(timeSteps * neurons)
  const outcome = { spikes: empty(), output: empty(), membrane: empty(), excess: empty().fill(Number.NaN) }
  const own = (n: number) => run.numbersOf?.(n) ?? numbers
  const begin = (n: number) => run.initialStates?.(n) ?? model.initial(own(n), settings)
  const states = [Array.from({ length: neurons }, (_, n) => begin(n))]
  for (let t = 0; t < timeSteps; t++) {
    const next: NeuronStates[] = []
    for (let n = 0; n < neurons; n++) {
      const i = t * neurons + n
      const fire = (excess: number): Firing => {
        outcome.excess[i] = excess
        const due = model.stepFunction?.(excess) ?? heaviside(excess, settings.strict)
        const s = replaySpikes ? at(replaySpikes, i) : due
        const firing = run.fire?.(excess, i) ?? { s, atReset: s }
        outcome.spikes[i] = firing.s
        return firing
      }
      const context = { ...inputsAt(x, places(t, n)), t, numbers: own(n), settings }
      const result = model.step(element(element(states, t), n), context, fire)
      outcome.membrane[i] = result.membrane
      outcome.output[i] = result.output
      next.push(result.states)
    }
    states.push(next)
  }
  return { ...outcome, states }
}

export interface NeuronGradients {
  /** Of x's length: summed over t for a constant input. */
  readonly input: Float64Array
  /** Of the states before the first step, of each neuron. */
  readonly states: readonly NeuronStates[]
  /** Of each number, `[neurons]`. */
  readonly numbers: Readonly<Record<string, Float64Array>>
}

const none = (): NeuronStates => ({})

/**
 * What automatic differentiation gives when the step function is replaced by the surrogate in the backward pass.
 * @param outputGradient dL/d(output) `[T, neurons]`
 * @param finalGradient dL/d(states after the last step) of each neuron; states that are left out have none
 */
export function neuronGradients(
  model: NeuronModel,
  x: Numbers,
  outputGradient: Numbers,
  numbers: NeuronNumbers,
  settings: NeuronSettings,
  run: NeuronRun,
  finalGradient: (neuron: number) => NeuronStates = none,
): NeuronGradients {
  const { timeSteps, neurons } = run
  const outcome = runNeurons(model, x, numbers, settings, run)
  requireLength('neuron oracle', 'outputGradient', outputGradient, timeSteps * neurons)
  const places = inputPlaces(model, x, run)
  const input = new Float64Array(x.length)
  const { derivative } = surrogateNamed(settings.surrogate.name)
  const gradients: Record<string, Float64Array> = {}
  const states = Array.from({ length: neurons }, (_, n) => {
    const add = (name: string, amount: number) => {
      gradients[name] ??= new Float64Array(neurons)
      accumulate(gradients[name], n, amount)
    }
    const throughSpike = (e: number, ds: number) => {
      const [width = 2] = settings.surrogate.numbers
      if (settings.surrogate.name === 'atan') add('width', ds * atanWidthSlope(e, width))
      return ds * derivative(e, ...settings.surrogate.numbers)
    }
    let carry = { ...zeros(element(element(outcome.states, 0), n)), ...finalGradient(n) }
    for (let t = timeSteps - 1; t >= 0; t--) {
      const i = t * neurons + n
      const back = model.gradient({
        ...inputsAt(x, places(t, n)),
        t,
        numbers: run.numbersOf?.(n) ?? numbers,
        settings,
        states: element(element(outcome.states, t), n),
        s: at(outcome.spikes, i),
        G: at(outputGradient, i),
        carry,
        throughSpike,
        add,
      })
      const own = places(t, n)
      for (const [k, gradient] of [back.dx, ...(back.others ?? [])].entries())
        accumulate(input, own[k] ?? Number.NaN, gradient)
      carry = { ...carry, ...back.carry }
    }
    return carry
  })
  return { input, states, numbers: gradients }
}

const zeros = (states: NeuronStates): Record<string, number> =>
  Object.fromEntries(Object.keys(states).map((name) => [name, 0]))
