/** Runs a small graph on the GPU: what the tests of single ops have in common. */
import * as fc from 'fast-check'
import { differentiate } from '../graph/differentiate.js'
import { Graph } from '../graph/graph.js'
import { storeHalves } from '../graph/halves.js'
import { Program } from '../graph/program.js'
import { ModelMemory } from '../nn/memory.js'
import { ParameterTable } from '../nn/parameters.js'
import { type ActivationShape, imagesOf, neuronsOf, type Value } from '../ops/op.js'
import type { Gpu } from '../runtime/gpu.js'
import { philoxFill, RandomStream, toUnit } from '../runtime/philox.js'
import { type VariantChoices, Variants } from '../runtime/variants.js'

type Numbers = ArrayLike<number>
type Arrays = Readonly<Record<string, Numbers>>

export interface OpRun {
  /** Traces the op; the values are the parameters and states by name. */
  readonly build: (graph: Graph, values: Readonly<Record<string, Value>>) => void
  /** Slots to be written before the run: words as they are, other numbers as float32. */
  readonly write: Arrays
  readonly read: readonly string[]
  /** Trained weights by name; their gradients come back. */
  readonly parameters?: Arrays
  /** Persistent state by name, changed by the run. */
  readonly states?: Arrays
  /** Append the backward pass. */
  readonly backward?: boolean
  readonly minimumSlabs?: number
  /** Store activations as f16 where they can be; slots hold f32 all the same. */
  readonly halves?: boolean
  /** Kernel variants to take where the op has several. */
  readonly choices?: VariantChoices
  readonly stepUniforms?: Readonly<Record<string, readonly [number, number, number, number]>>
}

export interface OpResult {
  /** @throws Error when the slot was not read */
  words(slot: string): Uint32Array
  floats(slot: string): Float32Array
  /** Gradient of a parameter. */
  gradient(name: string): Float32Array
  /** State after the run. */
  state(name: string): Float32Array
  readonly slabs: number
  readonly dispatches: number
  /** Activations stored as f16. */
  readonly halves: number
}

const zero = { kind: 'constant', value: 0 } as const

function declare(arrays: Arrays): ParameterTable {
  const table = new ParameterTable()
  for (const [name, numbers] of Object.entries(arrays)) table.declare(name, [numbers.length], zero)
  return table
}

function arenaOf(table: ParameterTable, arrays: Arrays): Float32Array {
  const arena = new Float32Array(table.arenaElements)
  for (const [name, numbers] of Object.entries(arrays)) arena.set(Array.from(numbers), table.get(name)?.offset)
  return arena
}

function slice(table: ParameterTable, arena: Float32Array, name: string): Float32Array {
  const entry = table.get(name)
  if (!entry) throw new Error(`the run has nothing called ${name}`)
  return arena.subarray(entry.offset, entry.offset + entry.elements)
}

function traceBackward(graph: Graph): void {
  const gradients = new Map<string, Value>()
  differentiate(graph, {
    gradientOf({ storage, elements }) {
      if (storage.kind !== 'parameter') return null
      const { name } = storage
      const known =
        gradients.get(name) ?? graph.raw('f32', elements, `d ${name}`, { storage: { kind: 'gradient', name } })
      gradients.set(name, known)
      return known
    },
  })
}

/** Traces, compiles, writes, runs once and reads back. */
export async function runOp(gpu: Gpu, run: OpRun): Promise<OpResult> {
  const { parameters = {}, states = {} } = run
  const [parameterTable, stateTable] = [declare(parameters), declare(states)]
  const memory = new ModelMemory(gpu, parameterTable, stateTable)
  const graph = new Graph()
  const valuesOf = (kind: 'parameter' | 'state', table: ParameterTable): [string, Value][] =>
    [...table].map(({ path: name, elements }) => [name, graph.raw('f32', elements, name, { storage: { kind, name } })])
  run.build(graph, Object.fromEntries([...valuesOf('parameter', parameterTable), ...valuesOf('state', stateTable)]))
  if (run.backward) traceBackward(graph)
  const halves = run.halves ? storeHalves(graph) : 0
  const variants = run.choices ? new Variants(gpu.variants.traits, run.choices) : gpu.variants
  const program = await Program.compile(gpu, graph, memory, { minimumSlabs: run.minimumSlabs ?? 1, variants })
  try {
    memory.write('weights', arenaOf(parameterTable, parameters))
    memory.write('states', arenaOf(stateTable, states))
    // stale numbers: a kernel that adds where it should write shows
    memory.write('gradient', new Float32Array(parameterTable.arenaElements).fill(7))
    for (const [slot, numbers] of Object.entries(run.write))
      program.write(slot, numbers instanceof Uint32Array ? numbers : Float32Array.from(numbers))
    for (const [name, numbers] of Object.entries(run.stepUniforms ?? {})) program.setStep(name, numbers)
    program.run()
    await program.wait()
    const read = run.read.length > 0 ? await program.readManyWords(run.read) : []
    const [gradient, state] = [await memory.read('gradient'), await memory.read('states')]
    const words = (slot: string): Uint32Array => {
      const found = read[run.read.indexOf(slot)]
      if (!found) throw new Error(`slot ${slot} was not read`)
      return found
    }
    return {
      words,
      floats(slot) {
        const found = words(slot)
        return new Float32Array(found.buffer, found.byteOffset, found.length)
      },
      gradient: (name) => slice(parameterTable, gradient, name),
      state: (name) => slice(stateTable, state, name),
      slabs: program.counters.slabs,
      dispatches: program.counters.dispatches.main ?? 0,
      halves,
    }
  } finally {
    program.release()
    memory.release()
  }
}

/** Multiples of 1/64 in [-bound, bound): exact in float32, so device and oracle start from the same numbers. */
export function drawNumbers(seed: number, draw: number, count: number, bound = 2): Float64Array {
  const words = philoxFill([seed, 23], RandomStream.syntheticData, draw, 0, count)
  return Float64Array.from(words, (word) => Math.floor(toUnit(word) * 128 * bound) / 64 - bound)
}

/** Spikes that fire independently with probability `density`. */
export const drawSpikes = (seed: number, draw: number, count: number, density: number): Float64Array =>
  Float64Array.from(philoxFill([seed, 29], RandomStream.syntheticData, draw, 0, count), (word) =>
    Number(toUnit(word) < density),
  )

export const countOf = (shape: ActivationShape): number => imagesOf(shape) * neuronsOf(shape)

const channels = [1, 2, 3, 4, 5, 7, 8, 12, 31, 32, 33]

/** Small activation shapes: channels around lanes of 4 and words of 32, sides around strips of 16 pixels. */
export function activationShape(fixed: Partial<ActivationShape> = {}): fc.Arbitrary<ActivationShape> {
  return fc
    .record({
      steps: fc.integer({ min: 1, max: 4 }),
      batch: fc.integer({ min: 1, max: 3 }),
      height: fc.integer({ min: 1, max: 6 }),
      width: fc.integer({ min: 1, max: 7 }),
      channels: fc.constantFrom(...channels),
    })
    .map((drawn) => ({ ...drawn, ...fixed }))
    .filter((shape) => countOf(shape) <= 6000)
}

export const randomSeed: fc.Arbitrary<number> = fc.nat({ max: 1_000_000 })

/** Runs a property `numRuns` times from a fixed seed. */
export const check = <T>(arbitrary: fc.Arbitrary<T>, property: (drawn: T) => Promise<void>, numRuns = 20, seed = 31) =>
  fc.assert(fc.asyncProperty(arbitrary, property), { numRuns, seed })
