/** Measures the kernel variants of a small program against each other, and checks their numbers. */
import type { Graph } from '../../graph/graph.js'
import type { ExternalMemory } from '../../graph/plan.js'
import { Program } from '../../graph/program.js'
import type { Gpu } from '../../runtime/gpu.js'
import { pickVariant, type TuningRow } from '../../runtime/tuner/table.js'
import { type DeviceTraits, type VariantChoices, Variants } from '../../runtime/variants.js'

/** A program in which every job to be measured occurs once. */
export interface TuningCase {
  readonly graph: () => Graph
  readonly memory: ExternalMemory
  readonly inputs: Readonly<Record<string, Float32Array | Uint32Array>>
  /** Layers that have a kernel for rare spikes run it; default: they run their usual one. */
  readonly sparse?: boolean
  /** For each job: the op whose dispatches are its work, where its result is read, and its reference variant. */
  readonly jobs: Readonly<
    Record<
      string,
      { readonly op: string; readonly result: () => Promise<Float32Array> | string; readonly reference: string }
    >
  >
}

/** Float32 sums in another order: this much of the largest result may differ. */
const tolerance = 1e-4
const usualRounds = 5

/** Notes what could have been chosen. */
class RecordingVariants extends Variants {
  readonly seen = new Map<string, { shapeClass: string; candidates: readonly string[] }>()

  override choose<V extends string>(job: string, shapeClass: string, candidates: readonly [V, ...V[]]): V {
    this.seen.set(job, { shapeClass, candidates })
    return super.choose(job, shapeClass, candidates)
  }
}

interface Runner {
  readonly choices: VariantChoices
  readonly program: Program
  /** Times of each job, one a round. */
  readonly times: Map<string, number[]>
  readonly results: Map<string, Float32Array>
}

async function compileRunner(
  gpu: Gpu,
  one: TuningCase,
  traits: DeviceTraits,
  choices: VariantChoices,
): Promise<{ runner: Runner; seen: RecordingVariants['seen'] }> {
  const variants = new RecordingVariants(traits, choices)
  const program = await Program.compile(gpu, one.graph(), one.memory, { name: 'tuning', variants })
  if (one.sparse) program.switches.choose(program.switches.layers.map(({ layer }) => layer))
  for (const [slot, data] of Object.entries(one.inputs)) program.write(slot, data)
  program.run()
  await program.wait()
  const results = new Map<string, Float32Array>()
  for (const [job, { result }] of Object.entries(one.jobs)) {
    const read = result()
    results.set(job, typeof read === 'string' ? await program.readFloats(read) : await read)
  }
  return { runner: { choices, program, times: new Map(), results }, seen: variants.seen }
}

/** The largest difference as a share of the largest reference value; not a number where either is not. */
export function relativeDifference(values: Float32Array, reference: Float32Array): number {
  if (values.length !== reference.length) return Number.NaN
  let [largest, apart] = [0, 0]
  reference.forEach((expected, index) => {
    const difference = Math.abs((values[index] ?? Number.NaN) - expected)
    largest = Math.max(largest, Math.abs(expected))
    apart = Number.isNaN(difference) ? Number.NaN : Math.max(apart, difference)
  })
  return apart === 0 ? 0 : apart / largest
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** What could have been chosen for each job, and a runner for each choice after the reference. */
export interface Measured {
  readonly seen: RecordingVariants['seen']
  readonly runners: readonly Omit<Runner, 'program'>[]
}

export interface TimingOptions {
  readonly rounds?: number
  /** Time also what is known to be slow here: tiles on a software driver, where workgroup memory costs what any load does. */
  readonly hopeless?: boolean
}

/** Runs every variant of the case's jobs in turns, so that a machine that is busy for a while slows all of them. */
export async function timeVariants(
  gpu: Gpu,
  one: TuningCase,
  { rounds = usualRounds, hopeless = false }: TimingOptions = {},
): Promise<Measured> {
  const { traits } = gpu.variants
  const references = Object.fromEntries(Object.entries(one.jobs).map(([job, { reference }]) => [job, reference]))
  const { runner: reference, seen } = await compileRunner(gpu, one, traits, references)
  if (traits.software && !hopeless)
    for (const [job, { shapeClass, candidates }] of seen)
      if (references[job] !== 'tile')
        seen.set(job, { shapeClass, candidates: candidates.filter((candidate) => candidate !== 'tile') })
  const runners = [reference]
  try {
    const measured = [...seen].filter(([job]) => one.jobs[job])
    const most = Math.max(...measured.map(([, { candidates }]) => candidates.length))
    for (let index = 0; index < most; index++) {
      const choices = Object.fromEntries(
        measured.map(([job, { candidates }]) => [job, candidates[index] ?? candidates[0] ?? '']),
      )
      runners.push((await compileRunner(gpu, one, traits, choices)).runner)
    }
    for (let round = 0; round < rounds; round++)
      for (const { program, times } of runners) {
        const profile = await program.profile()
        for (const [job, { op }] of Object.entries(one.jobs)) {
          const spent = profile
            .filter(({ label }) => label === op)
            .reduce((sum, { milliseconds }) => sum + milliseconds, 0)
          times.set(job, [...(times.get(job) ?? []), spent])
        }
      }
    return { seen: new Map(measured), runners }
  } finally {
    for (const { program } of runners) program.release()
  }
}

/** One row of the table for each job of the case that has a choice. */
export async function measureCase(gpu: Gpu, one: TuningCase): Promise<TuningRow[]> {
  const { seen, runners } = await timeVariants(gpu, one)
  return [...seen].map(([job, { shapeClass, candidates }]) => tuningRow(job, shapeClass, candidates, runners))
}

/** What the runners say of one job; the first of them is the reference. */
export function tuningRow(
  job: string,
  shapeClass: string,
  candidates: readonly string[],
  runners: readonly Omit<Runner, 'program'>[],
): TuningRow {
  const [reference] = runners
  const milliseconds: Record<string, number> = {}
  const refused: Record<string, string> = {}
  for (const candidate of candidates) {
    const its = runners.filter(({ choices }) => choices[job] === candidate)
    const expected = reference?.results.get(job)
    const differences = its.map(({ results }) => {
      const values = results.get(job)
      return values && expected ? relativeDifference(values, expected) : Number.NaN
    })
    const wrong = differences.find((difference) => !(difference <= tolerance))
    if (wrong === undefined) milliseconds[candidate] = median(its.flatMap(({ times }) => times.get(job) ?? []))
    else refused[candidate] = `differs from the reference by ${wrong.toExponential(1)} of its largest value`
  }
  return { job, shapeClass, chosen: pickVariant(milliseconds, candidates[0] ?? ''), milliseconds, refused }
}
