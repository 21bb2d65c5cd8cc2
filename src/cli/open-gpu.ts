/** The GPU of a command: with the tuning table of its adapter, if there is one and it is wanted. */

import type { RunFolder } from '../host/node/run-folder.js'
import { tuningFile, tuningFiles } from '../host/node/tuning-files.js'
import { sparseJob } from '../ops/convolution-events.js'
import { type Gpu, openGpu } from '../runtime/gpu.js'
import { allKernelsVersion } from '../runtime/kernel-version.js'
import { parseTuningTable, type TuningTable } from '../runtime/tuner/table.js'

export interface TuningFlags {
  /** False with --no-tune. */
  readonly tune?: boolean
  /** False with --no-switch. */
  readonly switch?: boolean
}

/** Help of the option, the same at every command. */
export const noTuneOption = ['--no-tune', 'do not use the kernels that "neuromotif tune" found fastest here'] as const

export const noSwitchOption = ['--no-switch', 'keep one kernel a layer, however rarely its inputs fire'] as const

/** From now on no layer takes another kernel while its inputs hardly fire. */
function keepKernels(gpu: Gpu): void {
  const others = Object.entries(gpu.variants.choices).filter(([key]) => !key.startsWith(sparseJob))
  gpu.useTuning({ ...Object.fromEntries(others), [sparseJob]: 'same' })
}

/** The adapter's table from the cache folder; null when there is none, or other kernels were measured. */
export function cachedTable(gpu: Gpu): TuningTable | null {
  const text = tuningFiles.load(gpu.name)
  if (text === null) return null
  const table = parseTuningTable(text, tuningFile(gpu.name))
  return table.kernels === allKernelsVersion && table.adapter === gpu.name ? table : null
}

export async function openTunedGpu(flags: TuningFlags): Promise<Gpu> {
  const gpu = await openGpu()
  try {
    if (flags.tune !== false) gpu.useTuning(cachedTable(gpu))
    if (flags.switch === false) keepKernels(gpu)
  } catch (cause) {
    await gpu.close()
    throw cause
  }
  return gpu
}

const recordName = 'tuning.json'
/** What a run was begun with. */
const begun = new WeakMap<Gpu, { readonly table: TuningTable | null; readonly switch: boolean }>()

/**
 * As `openTunedGpu` for a run that may be resumed: going on takes the kernels that the start wrote down with
 * `recordTuning`, so that it ends with the same bytes.
 */
export async function openGpuOfRun(folder: RunFolder, flags: TuningFlags, resumed: boolean): Promise<Gpu> {
  const recorded = resumed ? (folder.readJson(recordName) as { table?: unknown; switch?: unknown } | null) : null
  if (!recorded) {
    const gpu = await openTunedGpu(flags)
    begun.set(gpu, { table: flags.tune === false ? null : cachedTable(gpu), switch: flags.switch !== false })
    return gpu
  }
  const table = recorded.table ? parseTuningTable(JSON.stringify(recorded.table), folder.file(recordName)) : null
  const gpu = await openGpu({ tuning: table })
  if (recorded.switch === false) keepKernels(gpu)
  begun.set(gpu, { table, switch: recorded.switch !== false })
  return gpu
}

/** Writes down which kernels a run uses: when it has been checked and begins. @throws DiskError */
export function recordTuning(folder: RunFolder, gpu: Gpu): void {
  folder.writeJson(recordName, {
    identity: gpu.variants.identity,
    ...(begun.get(gpu) ?? { table: null, switch: true }),
  })
}
