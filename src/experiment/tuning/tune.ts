/** Tunes an adapter: measures every shape and writes down which kernel wins. */
import { InterruptedError } from '../../errors.js'
import type { Gpu } from '../../runtime/gpu.js'
import { allKernelsVersion } from '../../runtime/kernel-version.js'
import type { TuningRow, TuningTable } from '../../runtime/tuner/table.js'
import { choiceKey } from '../../runtime/variants.js'
import { type TuningShape, tuningShapes } from './cases.js'
import { measureCase } from './measure.js'

export interface TuneOptions {
  readonly shapes?: readonly TuningShape[]
  readonly onShape?: (title: string, rows: readonly TuningRow[], done: number, all: number) => void
  readonly signal?: AbortSignal
}

/**
 * Measures the variants of every shape in turns and keeps what is clearly fastest of those that compute the reference's
 * numbers. What was measured first for a job and shape class stands.
 * @throws InterruptedError when the signal comes
 */
export async function tune(gpu: Gpu, options: TuneOptions = {}): Promise<TuningTable> {
  const { shapes = tuningShapes(), onShape, signal } = options
  const measured = new Map<string, TuningRow>()
  for (const [index, { title, build }] of shapes.entries()) {
    if (signal?.aborted) throw new InterruptedError('tune', 'was stopped; nothing was written.', 'Run it again.')
    const { one, release } = build(gpu)
    try {
      const rows = await measureCase(gpu, one)
      for (const row of rows) {
        const key = choiceKey(row.job, row.shapeClass)
        if (!measured.has(key)) measured.set(key, row)
      }
      onShape?.(title, rows, index + 1, shapes.length)
    } finally {
      release()
    }
  }
  return {
    version: 1,
    adapter: gpu.name,
    kernels: allKernelsVersion,
    choices: Object.fromEntries([...measured].map(([key, { chosen }]) => [key, chosen])),
    measured: [...measured.values()],
  }
}
