/** Convolution driven by single spikes: faster than the kernels for any activity while spikes are rare. */
import { defineKernel } from '../runtime/kernel.js'
import type { Variants } from '../runtime/variants.js'
import { spikeForward } from './convolution-kernels.js'
import { type BranchPlan, shapeClass } from './convolution-plan.js'
import { teamLanes } from './convolution-subgroup-kernels.js'
import { type ActivationShape, ceilDivide } from './op.js'

export const spikeForwardEvents = defineKernel({
  ...spikeForward,
  shader: 'convolution/spike_forward_events',
  parameters: { ...spikeForward.parameters, one: 'u32' },
  flags: { VEC: true, PAIR: false, MOMENTS: false, HALF_OUT: false },
})

/** Lanes that own channels of the same pixels share the fetching of their spikes. */
export const spikeForwardEventsTeam = defineKernel({
  ...spikeForwardEvents,
  shader: 'convolution/spike_forward_events_team',
  flags: { ...spikeForwardEvents.flags, TEAM: 8 },
  needs: ['subgroups'],
})

/** The job of the kernel for rare spikes; the choice `same` leaves a layer with its usual kernel. */
export const sparseJob = 'sparse spike convolution'

/** `events`: each lane for itself, on any device. */
export type EventVariant = 'events' | 'team events'

/** Lanes that own the channels of a strip, and how many of them may share its windows; 1 where they cannot. */
function lanesOf({ parameters, vector }: BranchPlan, subgroupLanes: number) {
  const pair = vector && parameters.outputChannels % 8 === 0
  const lanes = ceilDivide(parameters.outputChannels, pair ? 8 : 4)
  const team = subgroupLanes >= teamLanes && vector ? ([8, 4, 2].find((size) => lanes % size === 0) ?? 1) : 1
  return { pair, lanes, team }
}

/** Those that can serve a branch, the better one first. */
export const eventVariants = (branch: BranchPlan, subgroupLanes: number): readonly EventVariant[] =>
  lanesOf(branch, subgroupLanes).team > 1 ? ['team events', 'events'] : ['events']

/** The kernel of a variant with its flags, and the lanes of one strip. */
export function serveEvents(branch: BranchPlan, variant: EventVariant, subgroupLanes: number) {
  const { pair, lanes, team } = lanesOf(branch, subgroupLanes)
  const flags = { VEC: branch.vector, PAIR: pair }
  return variant === 'events'
    ? { kernel: spikeForwardEvents, flags, lanes }
    : { kernel: spikeForwardEventsTeam, flags: { ...flags, TEAM: team }, lanes }
}

/**
 * Rates between which neither kernel is clearly faster, on llvmpipe: below the first single spikes win, above the second
 * they lose. The lookup kernel's time does not depend on spikes; the one that skips silent taps slows down as well.
 */
function ratesFor(usual: string, outputChannels: number): { readonly below: number; readonly above: number } {
  if (usual !== 'lookup') return { below: 0.06, above: 0.1 }
  return outputChannels >= 32 ? { below: 0.03, above: 0.045 } : { below: 0.01, above: 0.02 }
}

/** What serves a branch while spikes are rare, if not the `usual` variant; choosing `same` for the job turns it off. */
export function sparseVariant(variants: Variants, branch: BranchPlan, output: ActivationShape, usual: string) {
  // a tile's moments are a dispatch of their own
  if (usual === 'tile') return null
  const { traits } = variants
  const events = eventVariants(branch, traits.subgroupLanes)
  const { outputChannels } = branch.parameters
  // narrow outputs leave too little work behind each fetched word; no GPU has been measured
  const pays = traits.software && branch.vector && outputChannels >= (usual === 'lookup' ? 16 : 8)
  const [first = 'events', ...others] = events
  const variant = variants.choose<EventVariant | 'same'>(
    sparseJob,
    shapeClass(branch, output),
    pays ? [first, ...others, 'same'] : ['same', ...events],
  )
  if (variant === 'same' || variant === usual) return null
  const { storage, label } = branch.weights
  const layer = storage.kind === 'parameter' ? storage.name : label
  return { variant, rates: { layer, ...ratesFor(usual, outputChannels) } }
}
