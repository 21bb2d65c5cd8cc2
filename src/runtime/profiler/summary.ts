/** From timed dispatches to figures for each kernel, held against what the device can do. */

import type { Cost } from '../kernel.js'
import type { DeviceCeilings } from './ceilings.js'
import type { DispatchTime } from './timing.js'

/** One dispatch with its time (or, over several runs, its median) and its cost. */
export interface CostedTime extends DispatchTime, Cost {
  readonly label: string
  readonly kernel: string
}

export interface KernelSummary {
  readonly kernel: string
  readonly calls: number
  readonly milliseconds: number
  /** Of the time of all kernels. */
  readonly share: number
  /** Least traffic, by the ops' own rules. */
  readonly bytes: number
  /** Arithmetic as if all inputs were dense. */
  readonly flops: number
  /** Arithmetic that the data really ask for: all of it, or where spikes drive it the share of neurons that fired. */
  readonly neededFlops: number
  /** Accumulates that spikes asked for: half the flops, times the share of neurons that fired. Null where no spikes drive it. */
  readonly spikeOperations: number | null
  /** Share of neurons that fired, over all calls. */
  readonly activity: number | null
  readonly gigabytesPerSecond: number
  /** Dense-equivalent where spikes drive it. */
  readonly gigaflopsPerSecond: number
  readonly gigaSpikeOperationsPerSecond: number | null
  /** Needed floating-point operations a byte. */
  readonly intensity: number
  /** Which ceiling would be reached first. */
  readonly bound: 'memory' | 'arithmetic'
  /** The time that the lower ceiling allows over the time taken; above 1 where caches or silence save work. */
  readonly ofCeiling: number
}

/** Work that one dispatch cannot avoid: dense arithmetic, or where spikes drive it that which they ask for. */
const neededFlops = ({ flops, spikes, ones }: CostedTime): number =>
  spikes && ones !== null ? (flops * ones) / Math.max(1, spikes.neurons) : flops

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0)

function summarize(
  kernel: string,
  calls: readonly CostedTime[],
  total: number,
  ceilings: DeviceCeilings,
): KernelSummary {
  const milliseconds = sum(calls, (call) => call.milliseconds)
  const bytes = sum(calls, (call) => call.bytes)
  const flops = sum(calls, (call) => call.flops)
  const needed = sum(calls, neededFlops)
  const driven = calls.filter(({ spikes, ones }) => spikes && ones !== null)
  const spikeOperations = driven.length > 0 ? sum(driven, neededFlops) / 2 : null
  const rate = (work: number) => (milliseconds > 0 ? work / milliseconds / 1e6 : 0)
  const memoryTime = bytes / ceilings.copyGigabytesPerSecond / 1e6
  const arithmeticTime = needed / ceilings.multiplyAddGigaflopsPerSecond / 1e6
  return {
    kernel,
    calls: calls.length,
    milliseconds,
    share: total > 0 ? milliseconds / total : 0,
    bytes,
    flops,
    neededFlops: needed,
    spikeOperations,
    activity:
      spikeOperations === null
        ? null
        : sum(driven, ({ ones }) => ones ?? 0) /
          Math.max(
            1,
            sum(driven, ({ spikes }) => spikes?.neurons ?? 0),
          ),
    gigabytesPerSecond: rate(bytes),
    gigaflopsPerSecond: rate(flops),
    gigaSpikeOperationsPerSecond: spikeOperations === null ? null : rate(spikeOperations),
    intensity: bytes > 0 ? needed / bytes : 0,
    bound: arithmeticTime > memoryTime ? 'arithmetic' : 'memory',
    ofCeiling: milliseconds > 0 ? Math.max(memoryTime, arithmeticTime) / milliseconds : 0,
  }
}

/** Figures of each kernel, those that take most time first. */
export function summarizeKernels(dispatches: readonly CostedTime[], ceilings: DeviceCeilings): KernelSummary[] {
  const byKernel = new Map<string, CostedTime[]>()
  for (const dispatch of dispatches) {
    const list = byKernel.get(dispatch.kernel) ?? []
    list.push(dispatch)
    byKernel.set(dispatch.kernel, list)
  }
  const total = sum(dispatches, (dispatch) => dispatch.milliseconds)
  return [...byKernel]
    .map(([kernel, calls]) => summarize(kernel, calls, total, ceilings))
    .sort((a, b) => b.milliseconds - a.milliseconds || (a.kernel < b.kernel ? -1 : 1))
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}

/**
 * Several runs of the same dispatches as one: each dispatch with its median time, laid out one after the other as in
 * the run whose total is the median.
 */
export function medianRun<T extends CostedTime>(runs: readonly (readonly T[])[]): T[] {
  const total = (run: readonly T[]) => sum(run, ({ milliseconds }) => milliseconds)
  const byTotal = [...runs].sort((a, b) => total(a) - total(b))
  const typical = byTotal[(byTotal.length - 1) >> 1] ?? []
  return typical.map((dispatch, index) => ({
    ...dispatch,
    milliseconds: median(runs.map((run) => run[index]?.milliseconds ?? 0)),
  }))
}
