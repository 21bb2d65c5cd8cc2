/** Transforms one after the other: what happens to a sample, as a function of (seed, sample, epoch). */
import { OptionError } from '../../errors.js'
import { Draws, type SampleKey, sampleDraws } from './draws.js'
import { formatTransforms, parametersOf, parseTransforms, type Transforms, transformNamed } from './specs.js'
import type { BoundTransform, Change, Domain, DomainSample, Mix, TransformSpec } from './transform.js'

/** A class and its weight in a sample that was mixed. */
export interface LabelShare {
  readonly label: number
  /** 0..1; the shares of a sample add up to 1. */
  readonly share: number
}

export interface Labelled<V> {
  readonly value: V
  /** One share for a sample that was not mixed; each class once, in the order it came in. */
  readonly labels: readonly LabelShare[]
}

/** Where a pipeline gets samples from: its own, and partners to mix with. */
export interface SampleSource<V> {
  readonly count: number
  /** A sample that the pipeline may write into. */
  read(sample: number): { readonly value: V; readonly label: number }
}

interface Step<V> {
  readonly bound: BoundTransform
  readonly occurrence: number
  readonly change: Change<V> | undefined
  readonly mix: Mix<V> | undefined
}

export class Pipeline<D extends Domain = Domain> {
  readonly domain: D
  /** The transforms with all their parameters, as JSON. */
  readonly specs: readonly TransformSpec[]
  private readonly steps: readonly Step<DomainSample[D]>[]

  constructor(domain: D, bound: readonly BoundTransform[]) {
    this.domain = domain
    this.specs = bound.map(({ spec }) => spec)
    const seen = new Map<string, number>()
    this.steps = bound.map((transform): Step<DomainSample[D]> => {
      const { name } = transform.spec
      const occurrence = seen.get(name) ?? 0
      seen.set(name, occurrence + 1)
      const [change, mix] =
        domain === 'events' ? [transform.events, transform.mixEvents] : [transform.frames, transform.mixFrames]
      if (!change && !mix) {
        const other = domain === 'events' ? 'frames' : 'events'
        throw new OptionError(
          `augment ${name}`,
          `works on ${other} and not on ${domain}.`,
          domain === 'events' ? 'Apply it after binning.' : 'Apply it to raw events, before binning.',
        )
      }
      return {
        bound: transform,
        occurrence,
        change: change as Change<DomainSample[D]> | undefined,
        mix: mix as Mix<DomainSample[D]> | undefined,
      }
    })
  }

  /** No transforms: samples pass as they are. */
  get isEmpty(): boolean {
    return this.steps.length === 0
  }

  /** Whether samples are mixed with others, so that labels become shares. */
  get mixes(): boolean {
    return this.steps.some(({ mix }) => mix !== undefined)
  }

  /**
   * One sample without partners.
   * @param value may be written into
   * @throws OptionError when a transform mixes samples, or does not suit this one
   */
  apply(value: DomainSample[D], key: SampleKey): DomainSample[D] {
    return this.run(value, 0, key, this.steps.length, null).value
  }

  /**
   * One sample of a source. Its partner in a mixing transform is any sample of the source, drawn by the same key, after
   * the transforms that stand before the mixing one: a function of (seed, sample, epoch), whatever the batch.
   */
  applyFrom(
    source: SampleSource<DomainSample[D]>,
    { sample, ...rest }: SampleKey,
    upTo = this.steps.length,
  ): Labelled<DomainSample[D]> {
    const { value, label } = source.read(sample)
    return this.run(value, label, { sample, ...rest }, upTo, source)
  }

  /** The samples that `applyFrom` reads for one: itself, its partners, and theirs. */
  samplesFor(key: SampleKey, count: number, upTo = this.steps.length): number[] {
    const partners = this.steps.slice(0, upTo).flatMap(({ bound, occurrence, mix }, index) => {
      if (!mix) return []
      const sample = sampleDraws(key, bound.stream, occurrence).integer(count)
      return this.samplesFor({ ...key, sample }, count, index)
    })
    return [key.sample, ...partners]
  }

  private run(
    start: DomainSample[D],
    label: number,
    key: SampleKey,
    upTo: number,
    source: SampleSource<DomainSample[D]> | null,
  ): Labelled<DomainSample[D]> {
    let value = start
    let labels: readonly LabelShare[] = [{ label, share: 1 }]
    this.steps.slice(0, upTo).forEach(({ bound, occurrence, change, mix }, index) => {
      const draws = sampleDraws(key, bound.stream, occurrence)
      if (change) {
        value = change(value, draws)
        return
      }
      if (!mix) return
      if (!source) {
        throw new OptionError(
          `augment ${bound.spec.name}`,
          'mixes samples and needs a set to take partners from.',
          'Use applyFrom(), or leave it out here.',
        )
      }
      const partner = this.applyFrom(source, { ...key, sample: draws.integer(source.count) }, index)
      const mixed = mix(value, partner.value, draws)
      value = mixed.value
      labels = mixShares(labels, partner.labels, mixed.share)
    })
    return { value, labels }
  }

  /** Short text where the parameters allow it, else JSON; `compose` reads both. */
  toString(): string {
    return formatTransforms(this.specs)
  }

  toJSON(): readonly TransformSpec[] {
    return this.specs
  }
}

function mixShares(a: readonly LabelShare[], b: readonly LabelShare[], share: number): readonly LabelShare[] {
  const shares = new Map<number, number>()
  const add = (from: readonly LabelShare[], weight: number) => {
    for (const part of from) shares.set(part.label, (shares.get(part.label) ?? 0) + weight * part.share)
  }
  add(a, share)
  add(b, 1 - share)
  return [...shares].filter(([, weight]) => weight > 0).map(([label, weight]) => ({ label, share: weight }))
}

/**
 * A pipeline of named transforms.
 *
 * @example compose('frames', 'crop:4,flip,randaugment:9')
 * @throws OptionError on an unknown name or parameter, a value out of range, or a transform of the other domain
 */
export function compose<D extends Domain>(domain: D, transforms: Transforms): Pipeline<D> {
  const specs = typeof transforms === 'string' ? parseTransforms(transforms) : transforms
  return new Pipeline(
    domain,
    specs.map((spec) => transformNamed(spec.name).bind(parametersOf(spec))),
  )
}

/** Numbers from a list, for worked examples and tests. @throws RangeError past its end */
export function listedDraws(numbers: readonly number[]): Draws {
  let position = 0
  return new Draws(() => {
    const next = numbers[position++]
    if (next === undefined) throw new RangeError(`more than the ${numbers.length} numbers given were asked for`)
    return next
  })
}

/** Soft labels `[B, classes]` for a loss, from the shares of each sample. */
export function softTargets(labels: readonly (readonly LabelShare[])[], classes: number): Float32Array {
  const targets = new Float32Array(labels.length * classes)
  labels.forEach((shares, row) => {
    for (const { label, share } of shares) targets[row * classes + label] = share
  })
  return targets
}
