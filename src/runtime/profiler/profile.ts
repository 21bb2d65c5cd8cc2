/** A profile: what ran, on what, how long each kernel took and how near it came to what the device can do. */
import type { Gpu } from '../gpu.js'
import { type DeviceCeilings, measureCeilings } from './ceilings.js'
import { type CostedTime, type KernelSummary, medianRun, summarizeKernels } from './summary.js'
import { type TimingMethod, timingMethodOf, timingNote } from './timing.js'

/** One thing that was run as a whole: a training step, an evaluation, a kernel. */
export interface PhaseProfile {
  readonly name: string
  /** Median over the runs, by the host's clock and without profiling; null when it was not run that way. */
  readonly wallMilliseconds: number | null
  /** Sum over the dispatches. */
  readonly gpuMilliseconds: number
  readonly kernels: readonly KernelSummary[]
  /** In order; times are medians over the runs, beginnings those of a typical run. */
  readonly dispatches: readonly CostedTime[]
}

export interface Profile {
  /** What was profiled. */
  readonly target: string
  readonly adapter: string
  /** A driver that computes on the CPU. */
  readonly software: boolean
  readonly timing: { readonly method: TimingMethod; readonly note: string }
  readonly ceilings: DeviceCeilings
  /** How often each phase was run. */
  readonly repeats: number
  readonly phases: readonly PhaseProfile[]
}

/** What a phase needs to be profiled: a timed run, and one as it is outside of a profile. */
export interface ProfiledPhase {
  readonly name: string
  readonly timedRun: () => Promise<readonly CostedTime[]>
  /** Runs it once and waits. */
  readonly plainRun?: () => Promise<void>
}

export interface ProfileOptions {
  /** Runs of each phase; default 5. */
  readonly repeats?: number
  /** Default: measured before and after, and the better taken. */
  readonly ceilings?: DeviceCeilings
}

/** Runs phases several times each. The first run of each, in which shaders are compiled, does not count. */
export async function profilePhases(
  gpu: Gpu,
  target: string,
  phases: readonly ProfiledPhase[],
  options: ProfileOptions = {},
): Promise<Profile> {
  const { repeats = 5 } = options
  const before = options.ceilings ?? (await measureCeilings(gpu))
  const measured: { phase: ProfiledPhase; walls: number[]; runs: (readonly CostedTime[])[] }[] = []
  for (const phase of phases) {
    const walls: number[] = []
    const runs: (readonly CostedTime[])[] = []
    await phase.timedRun()
    await phase.plainRun?.()
    for (let repeat = 0; repeat < repeats; repeat++) {
      if (phase.plainRun) {
        const start = performance.now()
        await phase.plainRun()
        walls.push(performance.now() - start)
      }
      runs.push(await phase.timedRun())
    }
    measured.push({ phase, walls, runs })
  }
  const ceilings = options.ceilings ?? better(before, await measureCeilings(gpu))
  const method = timingMethodOf(gpu)
  return {
    target,
    adapter: gpu.name,
    software: gpu.facts.software,
    timing: { method, note: timingNote[method] },
    ceilings,
    repeats,
    phases: measured.map(({ phase, walls, runs }) => {
      const dispatches = medianRun(runs)
      return {
        name: phase.name,
        wallMilliseconds: walls.length > 0 ? ([...walls].sort((a, b) => a - b)[walls.length >> 1] ?? null) : null,
        gpuMilliseconds: dispatches.reduce((total, { milliseconds }) => total + milliseconds, 0),
        kernels: summarizeKernels(dispatches, ceilings),
        dispatches,
      }
    }),
  }
}

/** A ceiling is what was reached at best: something else may have used the machine meanwhile. */
const better = (a: DeviceCeilings, b: DeviceCeilings): DeviceCeilings => ({
  method: a.method,
  copyGigabytesPerSecond: Math.max(a.copyGigabytesPerSecond, b.copyGigabytesPerSecond),
  multiplyAddGigaflopsPerSecond: Math.max(a.multiplyAddGigaflopsPerSecond, b.multiplyAddGigaflopsPerSecond),
})
