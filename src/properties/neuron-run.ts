/** Runs populations of any neuron with all their gradients on the GPU, and the float64 model that replays their spikes. */
import { Graph } from '../graph/graph.js'
import { Program } from '../graph/program.js'
import { traceCopy } from '../ops/copy.js'
import { inputsOf, stateShape } from '../ops/neuron/extent.js'
import { traceNeurons } from '../ops/neuron/neuron.js'
import { learnedRows, type Neuron } from '../ops/neuron/resolve.js'
import { type ActivationShape, imagesOf, neuronsOf, type Value } from '../ops/op.js'
import type { Gpu } from '../runtime/gpu.js'
import { philoxFill, RandomStream, toUnit } from '../runtime/philox.js'
import { unpackSpikes } from '../testing/oracle/dissimilarity.js'
import {
  type NeuronModelName,
  type NeuronNumbers,
  type NeuronRun,
  type NeuronSettings,
  type NeuronStates,
  neuronModels,
} from '../testing/oracle/neurons/index.js'
import { runOp } from './op-run.js'
import { traceLoad, traceSeed, traceStore } from './slabbed-io.js'

export interface NeuronCase {
  readonly neuron: Neuron
  /** Of the output. */
  readonly shape: ActivationShape
  /** The input is the same at every step. */
  readonly constant: boolean
  /** Mean and half-width of the input. */
  readonly input: readonly [mean: number, width: number]
  /** States of the model before the first step, mean and half-width; the others are the model's own. */
  readonly states: Readonly<Record<string, readonly [mean: number, width: number]>>
  /** Populations that read the input, with the same learned numbers: above 1, gradients are added to what is there. */
  readonly readers: number
  readonly slabs: number
  readonly seed: number
}

/** States that a kernel keeps folded with the last spike, as the next step will see them: a' = factor a + s. */
const folded: Readonly<Record<string, { readonly state: string; readonly factor: string }>> = {
  alif: { state: 'a', factor: 'persistence' },
  srm: { state: 'r', factor: 'refractoryFactor' },
  srmAlpha: { state: 'r', factor: 'refractoryFactor' },
}

export interface NeuronData {
  readonly x: Float64Array
  /** Of the model, of each neuron. */
  readonly states: readonly NeuronStates[]
  /** `[K]` or `[K, C]`, exact in float32. */
  readonly weights: Float64Array
  /** Gradient of each reader's output. */
  readonly dys: readonly Float64Array[]
  /** Gradient of the kernel's states after the last step `[S, B·N]`, of the first reader. */
  readonly dFinal: Float64Array
}

const modelName = ({ neuron }: NeuronCase) => neuron.definition.name as NeuronModelName
export const modelOf = (run: NeuronCase) => neuronModels[modelName(run)]
export const populationOf = ({ shape }: NeuronCase): number => shape.batch * neuronsOf(shape)
const stateNames = ({ neuron }: NeuronCase) => Object.keys(neuron.definition.states)

/** Numbers in [mean - width, mean + width), exact in float32. */
function draw(
  seed: number,
  index: number,
  count: number,
  [mean, width]: readonly [number, number] = [0, 1],
): Float64Array {
  const words = philoxFill([seed, 41], RandomStream.syntheticData, index, 0, count)
  return Float64Array.from(words, (word) => Math.fround(mean + (2 * toUnit(word) - 1) * width))
}

export function settingsOf({ neuron }: NeuronCase): NeuronSettings {
  const { reset, detachReset, strict, flags, surrogate } = neuron
  return {
    reset,
    detachReset,
    strict,
    choices: { decayInput: flags.DECAY_INPUT !== false, boost: flags.BOOST !== false },
    surrogate: { name: surrogate?.name ?? 'atan', numbers: surrogate?.numbers ?? [2] },
  }
}

/** The model's numbers of one neuron: those of the options, and the learned ones in place of them. */
export function numbersOf(run: NeuronCase, weights: Float64Array, index: number): NeuronNumbers {
  const { neuron, shape } = run
  const channel = neuron.perChannel ? index % shape.channels : 0
  const columns = neuron.perChannel ? shape.channels : 1
  const learned = rowNames(run).map((name, row) => [name, weights[row * columns + channel] ?? Number.NaN])
  return { ...neuron.numbers, ...Object.fromEntries(learned) }
}

/** Names of the learned rows as the model calls them: those with one for each step are numbered. */
export function rowNames({ neuron, shape }: NeuronCase): string[] {
  const names = learnedRows(neuron, shape.steps).map(({ name }) => name)
  const perStep = (name: string) => neuron.definition.learned?.[name]?.perStep === true
  return names.map((name, row) => (perStep(name) ? `${name}${row - names.indexOf(name)}` : name))
}

export function neuronData(run: NeuronCase): NeuronData {
  const { shape, neuron, seed } = run
  const population = populationOf(run)
  const rows = learnedRows(neuron, shape.steps)
  const columns = neuron.perChannel ? shape.channels : 1
  const noise = draw(seed, 1, rows.length * columns, [0, 0.1])
  const weights = noise.map((value, i) => Math.fround((rows[Math.floor(i / columns)]?.initial ?? 0) + value))
  const names = Object.entries(run.states)
  const drawn = names.map(([, range], k) => draw(seed, 10 + k, population, range))
  const states = Array.from({ length: population }, (_, n) => ({
    ...modelOf(run).initial(numbersOf(run, weights, n), settingsOf(run)),
    ...Object.fromEntries(names.map(([name], k) => [name, drawn[k]?.[n] ?? Number.NaN])),
  }))
  return {
    x: draw(seed, 2, (run.constant ? 1 : shape.steps) * inputsOf(neuron) * population, run.input),
    states,
    weights,
    dys: Array.from({ length: run.readers }, (_, reader) => draw(seed, 30 + reader, shape.steps * population)),
    dFinal: draw(seed, 3, stateNames(run).length * population),
  }
}

/** States of a model as the kernel keeps them, `[S, B·N]`. */
export function kernelStates(run: NeuronCase, states: readonly NeuronStates[]): Float64Array {
  const fold = folded[modelName(run)]
  const value = (all: NeuronStates, name: string) => {
    const own = all[name] ?? Number.NaN
    return fold?.state === name ? (run.neuron.numbers[fold.factor] ?? 0) * own + (all.s ?? Number.NaN) : own
  }
  return Float64Array.from(stateNames(run).flatMap((name) => states.map((all) => value(all, name))))
}

/** Gradient of the kernel's states after the last step, as the model's states see it. */
export function modelFinalGradient(run: NeuronCase, dFinal: Float64Array, index: number): NeuronStates {
  const fold = folded[modelName(run)]
  const gradients: Record<string, number> = {}
  stateNames(run).forEach((name, k) => {
    const gradient = dFinal[k * populationOf(run) + index] ?? Number.NaN
    const factor = fold?.state === name ? (run.neuron.numbers[fold.factor] ?? 0) : 1
    gradients[name] = factor * gradient
    if (fold?.state === name) gradients.s = gradient
  })
  return gradients
}

/** Gradient of the kernel's states before the first step, from the model's. */
export function kernelStateGradient(run: NeuronCase, states: readonly NeuronStates[]): Float64Array {
  const fold = folded[modelName(run)]
  const key = (name: string) => (fold?.state === name ? 's' : name)
  return Float64Array.from(stateNames(run).flatMap((name) => states.map((all) => all[key(name)] ?? Number.NaN)))
}

export interface NeuronOutcomeOnGpu {
  /** What leaves the neurons, `[T, B·N]`. */
  readonly output: Float64Array
  /** Spikes or grades as the model calls them; of neurons that do not fire, zeros. */
  readonly spikes: Float64Array
  readonly words: Uint32Array
  readonly finalState: Float32Array
  readonly dx: Float32Array
  readonly dInitial: Float32Array
  readonly dWeights: Float32Array
  readonly slabs: number
}

const inputShape = ({ neuron, shape, constant }: NeuronCase): ActivationShape => ({
  ...shape,
  steps: constant ? 1 : shape.steps,
  batch: inputsOf(neuron) * shape.batch,
})

function traceCase(graph: Graph, run: NeuronCase, weights: Value | undefined, backward: boolean): void {
  const { neuron, shape } = run
  const x = traceLoad(graph, 'f32', inputShape(run), 'x', backward ? 'dx' : undefined)
  const initialState = traceLoad(graph, 'f32', stateShape(neuron, shape), 'initial', backward ? 'dInitial' : undefined)
  for (let reader = 0; reader < run.readers; reader++) {
    const traced = traceNeurons(graph, x, neuron, {
      timeSteps: shape.steps,
      initialState,
      keepState: reader === 0,
      ...(weights ? { weights } : {}),
    })
    if (reader === 0) {
      traceStore(graph, traced.output, 'output')
      if (traced.spikes && traced.spikes !== traced.output) traceStore(graph, traced.spikes, 'spikes')
      if (traced.finalState) traceStore(graph, traced.finalState, 'final')
      if (backward && traced.finalState) traceSeed(graph, traced.finalState, 'dFinal')
    }
    if (backward) traceSeed(graph, traced.output, `dy${reader}`)
  }
}

/** Forward and, if wanted, backward pass of a case. */
export async function runNeuronCase(
  gpu: Gpu,
  run: NeuronCase,
  data: NeuronData,
  backward = true,
): Promise<NeuronOutcomeOnGpu> {
  const { neuron, shape } = run
  const { emits } = neuron.definition
  const bits = emits === 'spikes' && !neuron.soft
  const gradients = Object.fromEntries(data.dys.map((dy, reader) => [`dy${reader}`, dy]))
  const result = await runOp(gpu, {
    build: (graph, values) => traceCase(graph, run, values.weights, backward),
    parameters: data.weights.length > 0 ? { weights: data.weights } : {},
    write: {
      x: data.x,
      initial: kernelStates(run, data.states),
      ...(backward ? { ...gradients, dFinal: data.dFinal } : {}),
    },
    read: [
      'output',
      'final',
      ...(emits === 'realAndSpikes' ? ['spikes'] : []),
      ...(backward ? ['dx', 'dInitial'] : []),
    ],
    backward,
    minimumSlabs: run.slabs,
  })
  const words = result.words('output')
  const unpack = (packed: Uint32Array) => unpackSpikes(packed, imagesOf(shape), neuronsOf(shape))
  const output = bits ? unpack(words) : Float64Array.from(result.floats('output'))
  const spikesOf = () => {
    if (emits === 'realAndSpikes') return unpack(result.words('spikes'))
    if (emits === 'graded') return output.map((y) => (neuron.flags.BOOST && y > 1 ? Math.round(y / 1.5) : y))
    return emits === 'real' ? new Float64Array(output.length) : output
  }
  return {
    output,
    spikes: spikesOf(),
    words,
    finalState: result.floats('final'),
    dx: backward ? result.floats('dx') : new Float32Array(),
    dInitial: backward ? result.floats('dInitial') : new Float32Array(),
    dWeights: backward && data.weights.length > 0 ? result.gradient('weights') : new Float32Array(),
    slabs: result.slabs,
  }
}

/** The model's run that fires where the device did. */
export const replayRun = (run: NeuronCase, data: NeuronData, spikes?: Float64Array): NeuronRun => ({
  timeSteps: run.shape.steps,
  neurons: populationOf(run),
  initialStates: (n) => data.states[n] ?? {},
  numbersOf: (n) => numbersOf(run, data.weights, n),
  ...(spikes ? { replaySpikes: spikes } : {}),
})

/** The same population step by step: a program of one step whose states stay in a slot between its runs. */
export async function runStepByStep(gpu: Gpu, run: NeuronCase, data: NeuronData) {
  const graph = new Graph()
  const shape = { ...run.shape, steps: 1 }
  const states = stateShape(run.neuron, shape)
  const slot = graph.activation('f32', states, 'state', { kind: 'slot', name: 'state' })
  const x = traceLoad(graph, 'f32', inputShape({ ...run, shape }), 'x')
  const { output, finalState } = traceNeurons(graph, x, run.neuron, { initialState: slot, keepState: true })
  traceStore(graph, output, 'output')
  traceCopy(graph, finalState as Value, slot)
  const noParameters = () => {
    throw new Error('a population that is run step by step here learns nothing')
  }
  const program = await Program.compile(gpu, graph, { view: noParameters })
  try {
    program.write('state', Float32Array.from(kernelStates(run, data.states)))
    const perStep = inputsOf(run.neuron) * populationOf(run)
    const words: number[] = []
    for (let t = 0; t < run.shape.steps; t++) {
      program.write('x', Float32Array.from(data.x.subarray(t * perStep, (t + 1) * perStep)))
      program.run()
      words.push(...(await program.readWords('output')))
    }
    return { words: Uint32Array.from(words), finalState: await program.readFloats('state') }
  } finally {
    program.release()
  }
}
