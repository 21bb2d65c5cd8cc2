/** Shared by the benchmarks: the adapter, warm-up, medians and spread, and where results go. */
import { mkdirSync, writeFileSync } from 'node:fs'
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

/** Writes a result with the adapter, the machine's size and the date beside it. */
export function saveResult(gpu: Gpu, name: string, result: unknown): string {
  const date = new Date().toISOString().slice(0, 10)
  const folder = join('bench/results', gpu.facts.software ? 'software' : gpu.facts.architecture || gpu.facts.vendor)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${date}-${name}.json`)
  const machine = { adapter: gpu.name, cores: availableParallelism(), load: loadavg()[0], node: process.version }
  writeFileSync(file, `${JSON.stringify({ name, date, machine, result }, null, 2)}\n`)
  return file
}
