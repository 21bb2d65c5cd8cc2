/** Shared by the benchmarks: the adapter, warm-up, medians and spread, and where results go. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import type { Gpu } from '../src/runtime/gpu.js'

export interface Spread {
  readonly median: number
  readonly low: number
  readonly high: number
  readonly runs: number
}

/** Median with the smallest and largest value. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const median =
    sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
  return { median, low: sorted[0] ?? 0, high: sorted[sorted.length - 1] ?? 0, runs: sorted.length }
}

/** Where a result of today goes. */
function resultFile(gpu: Gpu, name: string): string {
  const date = new Date().toISOString().slice(0, 10)
  const folder = join('bench/results', gpu.facts.software ? 'software' : gpu.facts.architecture || gpu.facts.vendor)
  mkdirSync(folder, { recursive: true })
  return join(folder, `${date}-${name}.json`)
}

/** The result of that name from earlier today, for a benchmark that runs in parts; none: an empty one. */
export function earlierResult<T extends object>(gpu: Gpu, name: string): Partial<T> {
  const file = resultFile(gpu, name)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { result: T }).result : {}
}

/** Writes a result with the adapter, the machine's size and the date beside it. */
export function saveResult(gpu: Gpu, name: string, result: unknown): string {
  const date = new Date().toISOString().slice(0, 10)
  const file = resultFile(gpu, name)
  const machine = { adapter: gpu.name, cores: availableParallelism(), load: loadavg()[0], node: process.version }
  writeFileSync(file, `${JSON.stringify({ name, date, machine, result }, null, 2)}\n`)
  return file
}

/** Work that is timed again and again, beside other work. */
export interface Job {
  readonly name: string
  /** Submits the work; does not wait. */
  run(): void
  /** Milliseconds of one run, one number for each time it was measured. */
  readonly times: number[]
  /** Longest wait so far. */
  wall: number
}

export const newJob = (name: string, run: () => void): Job => ({ name, run, times: [], wall: 0 })

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds))

/**
 * Milliseconds of one run, of `repeats` that are submitted together. A software adapter is measured by the time it spends
 * on processors, divided by their number: other programs on the machine stretch the wall's time, not that. It sleeps past
 * the end of the work, since waiting burns a core and would count.
 */
export async function timeJob(gpu: Gpu, job: Job, repeats: number): Promise<number> {
  const begin = performance.now()
  const used = process.cpuUsage()
  for (let repeat = 0; repeat < repeats; repeat++) job.run()
  if (gpu.facts.software) await sleep(job.wall * 1.2)
  await gpu.device.queue.onSubmittedWorkDone()
  const wall = performance.now() - begin
  const { user, system } = process.cpuUsage(used)
  job.wall = Math.max(10, Math.min(wall, job.wall === 0 ? wall : job.wall * 1.5))
  return (gpu.facts.software ? (user + system) / 1000 / availableParallelism() : wall) / repeats
}

/** Times all jobs in every round, one after the other, so that they share what the machine is doing; the first round warms up. */
export async function timeInTurns(gpu: Gpu, jobs: readonly Job[], rounds: number, repeats: number): Promise<void> {
  for (const job of jobs) await timeJob(gpu, job, repeats)
  for (let round = 0; round < rounds; round++) for (const job of jobs) job.times.push(await timeJob(gpu, job, repeats))
}
