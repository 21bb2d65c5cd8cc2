/** Properties of kernels on a GPU: what is drawn, what must hold, and what to say where it does not. */
import * as fc from 'fast-check'
import { NumericError } from '../errors.js'
import type { Gpu } from '../runtime/gpu.js'
import type { DeviceTraits } from '../runtime/variants.js'

export interface GpuProperty<Case = unknown> {
  /** `<family>: <what must hold>` */
  readonly name: string
  /** Shaders that it runs; `check --kernel` chooses by these. */
  readonly kernels: readonly string[]
  readonly cases: fc.Arbitrary<Case>
  /** Runs a case on the GPU and throws where it is not as it must be. */
  readonly holds: (gpu: Gpu, drawn: Case) => Promise<void>
  /** Whether a device can run its kernels; default: every device can. */
  readonly runsOn?: (traits: DeviceTraits) => boolean
  /** Cases drawn unless somebody asks for more or fewer; default 15. */
  readonly runs?: number
  /** A failing case for people, simpler still if it can be; default: the case as JSON. */
  readonly explain?: (gpu: Gpu, drawn: Case, failure: Error) => Promise<string>
}

/** Forgets what a property draws, so that properties of all kinds stand in one table. */
export const gpuProperty = <Case>(property: GpuProperty<Case>): GpuProperty => property as unknown as GpuProperty

export interface CheckOptions {
  /** The same seed draws the same cases. */
  readonly seed?: number
  readonly runs?: number
  /** Goes on from the path of a counter-example instead of drawing anew. */
  readonly path?: string
  /** Milliseconds after which no further case is drawn or shrunk. */
  readonly timeLimit?: number
}

export interface Counterexample {
  /** The shrunk case and what is wrong with it, in lines. */
  readonly text: string
  /** With the seed, leads to this very case again. */
  readonly path: string
  readonly shrinks: number
}

export interface PropertyOutcome {
  readonly name: string
  readonly kernels: readonly string[]
  readonly passed: boolean
  readonly runs: number
  readonly seed: number
  readonly milliseconds: number
  readonly counterexample: Counterexample | null
}

export const defaultSeed = 31
const defaultRuns = 15

const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))

export const canRun = (gpu: Gpu, { runsOn }: GpuProperty): boolean => runsOn?.(gpu.variants.traits) ?? true

/** Runs part of a case; what fails in it says which part it was. */
export async function inPart(part: string, holds: () => Promise<void>): Promise<void> {
  try {
    await holds()
  } catch (thrown) {
    throw new NumericError(part, asError(thrown).message)
  }
}

/** A case as JSON, long arrays cut short. */
export function caseText(drawn: unknown): string {
  return JSON.stringify(drawn, (_, value: unknown) => {
    if (!ArrayBuffer.isView(value) && !Array.isArray(value)) return value
    const numbers = Array.from(value as unknown as ArrayLike<unknown>)
    return numbers.length <= 16 ? numbers : [...numbers.slice(0, 16), `… ${numbers.length} in all`]
  })
}

/** Draws cases until one fails or all have passed; a failing one is made as small as it can be. */
export async function checkProperty(
  gpu: Gpu,
  property: GpuProperty,
  options: CheckOptions = {},
): Promise<PropertyOutcome> {
  const { seed = defaultSeed, runs = property.runs ?? defaultRuns, path, timeLimit } = options
  const start = performance.now()
  let last: { drawn: unknown; failure: Error } | null = null
  const details = await fc.check(
    fc.asyncProperty(property.cases, async (drawn) => {
      try {
        await property.holds(gpu, drawn)
      } catch (thrown) {
        last = { drawn, failure: asError(thrown) }
        throw thrown
      }
    }),
    {
      seed,
      numRuns: runs,
      ...(path === undefined ? {} : { path, endOnFailure: true }),
      ...(timeLimit === undefined ? {} : { interruptAfterTimeLimit: timeLimit }),
    },
  )
  const failed = details.failed && last !== null
  // the last failure seen is the smallest: shrinking goes on only from cases that fail
  const { drawn, failure } = (last as { drawn: unknown; failure: Error } | null) ?? {
    drawn: null,
    failure: new Error(),
  }
  const text = failed
    ? property.explain
      ? await property.explain(gpu, drawn, failure)
      : `case    ${caseText(drawn)}\nfound   ${failure.message}`
    : ''
  return {
    name: property.name,
    kernels: property.kernels,
    passed: !failed,
    runs: details.numRuns,
    seed,
    milliseconds: performance.now() - start,
    counterexample: failed ? { text, path: details.counterexamplePath ?? '', shrinks: details.numShrinks } : null,
  }
}

/** What a failed property says: the case, what is wrong, and how to see it again. */
export const outcomeText = ({ name, runs, seed, counterexample }: PropertyOutcome): string =>
  counterexample === null
    ? `${name}: held in ${runs} cases (seed ${seed})`
    : [
        `${name}: fails after ${runs} ${runs === 1 ? 'case' : 'cases'}, shrunk ${counterexample.shrinks} times`,
        ...counterexample.text.split('\n').map((line) => `  ${line}`),
        `  again   seed ${seed}, path "${counterexample.path}"`,
      ].join('\n')

/** For tests. @throws NumericError with the counter-example when the property does not hold */
export async function assertProperty(gpu: Gpu, property: GpuProperty, options: CheckOptions = {}): Promise<void> {
  const outcome = await checkProperty(gpu, property, options)
  if (!outcome.passed) throw new NumericError('property', outcomeText(outcome))
}
