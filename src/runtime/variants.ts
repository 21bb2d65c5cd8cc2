/**
 * Several kernels for one job: what a device can run, and which kernel it should.
 *
 * An op lists the variants that can serve a dispatch, the best guess first; that guess is a function of the device's
 * traits and the shape alone, so nothing needs measuring to be right. A table of choices, from the tuner or pinned by
 * hand, overrides the guess.
 */
import { hashText } from './philox.js'

/** What the choice of a kernel depends on, besides shapes. */
export interface DeviceTraits {
  /** A driver that computes on the CPU. */
  readonly software: boolean
  /** Lanes that every subgroup surely has; 0 where shaders cannot use subgroups. */
  readonly subgroupLanes: number
}

/** Variant names by `job` (all its shapes) or `job shape class`; the longer key wins. */
export type VariantChoices = Readonly<Record<string, string>>

export const choiceKey = (job: string, shapeClass: string): string => `${job} ${shapeClass}`

export class Variants {
  readonly traits: DeviceTraits
  readonly choices: VariantChoices

  constructor(traits: DeviceTraits, choices: VariantChoices = {}) {
    this.traits = traits
    this.choices = choices
  }

  /**
   * What every choice follows from, as one short text: a part of cache keys, since variants add in different orders and
   * their results differ in the last bits.
   */
  get identity(): string {
    const pinned = Object.entries(this.choices).sort(([a], [b]) => (a < b ? -1 : 1))
    const table = pinned.length === 0 ? 'default' : hashText(JSON.stringify(pinned)).toString(16).padStart(8, '0')
    return `${table}, ${this.traits.software ? 'software' : 'hardware'}, ${this.traits.subgroupLanes} lanes`
  }

  /**
   * The variant for one dispatch. A choice that cannot serve this shape is passed over.
   * @param candidates all that can, the best guess first
   */
  choose<V extends string>(job: string, shapeClass: string, candidates: readonly [V, ...V[]]): V {
    for (const key of [choiceKey(job, shapeClass), job]) {
      const chosen = candidates.find((candidate) => candidate === this.choices[key])
      if (chosen) return chosen
    }
    return candidates[0]
  }
}

/** For plans without a device: kernels that run anywhere. */
export const portableVariants = new Variants({ software: false, subgroupLanes: 0 })
