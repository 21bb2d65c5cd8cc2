/** What a transform is: a name, parameters that can be written down, and what it does to a sample. */
import type { z } from 'zod'
import { OptionError } from '../../errors.js'
import type { EventRecording } from '../events/recording.js'
import type { Draws } from './draws.js'
import type { FrameSample } from './frame-sample.js'

/** `events`: raw recordings; `frames`: images and binned recordings. */
export type Domain = 'events' | 'frames'

/** What a domain's samples are. */
export interface DomainSample {
  readonly events: EventRecording
  readonly frames: FrameSample
}

/** A transform as JSON: its name and its parameters. */
export interface TransformSpec {
  readonly name: string
  readonly [parameter: string]: unknown
}

/** Two samples in one, and the share of the first in it: what its label weighs. */
export interface Mixed<V> {
  readonly value: V
  /** 0..1 */
  readonly share: number
}

export type Change<V> = (value: V, draws: Draws) => V
export type Mix<V> = (value: V, partner: V, draws: Draws) => Mixed<V>

/** What a transform with given parameters does in each domain; what is missing it cannot do. */
export interface TransformActions {
  readonly events?: Change<EventRecording>
  readonly frames?: Change<FrameSample>
  readonly mixEvents?: Mix<EventRecording>
  readonly mixFrames?: Mix<FrameSample>
}

/** A transform with its parameters, ready for samples. */
export interface BoundTransform extends TransformActions {
  /** Name and all parameters, defaults included. */
  readonly spec: TransformSpec
  readonly stream: number
}

export interface Transform {
  readonly name: string
  /** What it does, in a line. */
  readonly summary: string
  /** Parameters in the order in which a text may give them without their names. */
  readonly parameters: readonly string[]
  /** Values that parameters have when they are not given; those that must be given are left out. */
  readonly defaults: Readonly<Record<string, unknown>>
  readonly domains: readonly Domain[]
  /** @throws OptionError naming the parameter that does not fit */
  bind(parameters: Readonly<Record<string, unknown>>): BoundTransform
}

/**
 * Declares a transform.
 * @param definition.stream  its random numbers' stream, from the table in `runtime/philox.ts`
 * @param definition.domains what `make` gives actions for
 */
export function defineTransform<S extends z.ZodObject>(definition: {
  readonly name: string
  readonly summary: string
  readonly stream: number
  readonly domains: readonly Domain[]
  readonly parameters: S
  readonly make: (parameters: z.output<S>) => TransformActions
}): Transform {
  const { name, summary, stream, domains, parameters, make } = definition
  return {
    name,
    summary,
    domains,
    parameters: Object.keys(parameters.shape),
    defaults: defaultsOf(parameters),
    bind(given) {
      const result = parameters.safeParse(given)
      if (!result.success) {
        const [issue] = result.error.issues
        const where = [name, ...(issue?.path ?? [])].join('.')
        const known = Object.keys(parameters.shape).join(', ') || 'none'
        throw new OptionError(`augment ${where}`, `${issue?.message}.`, `Parameters of ${name}: ${known}.`)
      }
      return { ...make(result.data), spec: { name, ...result.data }, stream }
    },
  }
}

function defaultsOf({ shape }: z.ZodObject): Readonly<Record<string, unknown>> {
  const entries = Object.entries(shape).map(
    ([name, schema]) => [name, (schema as z.ZodType).safeParse(undefined)] as const,
  )
  return Object.fromEntries(entries.flatMap(([name, found]) => (found.success ? [[name, found.data]] : [])))
}
