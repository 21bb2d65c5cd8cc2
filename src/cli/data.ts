/** Loading data for a command, with progress and notices. */

import { loadDataset } from '../datasets/load.js'
import type { Dataset } from '../datasets/types.js'
import type { Output } from './output.js'
import { type Progress, startProgress } from './progress.js'

export interface DataFlags {
  readonly from?: string
  readonly offline?: boolean
}

/** @param fallback take the shipped digits when the set cannot be had */
export async function loadForCommand(
  name: string,
  seed: number,
  flags: DataFlags,
  output: Output,
  signal: AbortSignal,
  fallback = false,
): Promise<Dataset> {
  let progress: Progress | null = null
  let file = ''
  const dataset = await loadDataset(name, {
    seed,
    signal,
    fallback,
    notice: (text) => output.say(text),
    onProgress: (state) => {
      if (state.file !== file) {
        progress?.finish()
        file = state.file
        progress = startProgress(`fetching ${file}`, state.totalBytes ?? 0, 'B')
      }
      progress?.update(state.receivedBytes)
    },
    ...(flags.from ? { from: flags.from } : {}),
    ...(flags.offline ? { origins: ['system', 'cache'] as const } : {}),
  })
  ;(progress as Progress | null)?.finish()
  return dataset
}
