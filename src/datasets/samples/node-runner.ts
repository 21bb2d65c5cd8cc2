/** Jobs on worker threads, in Node. */

import { OptionError } from '../../errors.js'
import { fileSource } from '../../host/node/file-source.js'
import { defaultWorkers, WorkerPool } from '../../host/node/worker-pool.js'
import { type FilePlace, memorySource, type OpenPlace } from './file-tree.js'
import { inlineRunner, type JobRunner } from './jobs.js'
import type { WorkerQuestion } from './sample-worker.js'

/** Opens files on disk and what lies in memory. */
export const openOnDisk: OpenPlace = async (place: FilePlace) =>
  place.kind === 'disk' ? fileSource(place.path) : memorySource(place)

/** Where the entry of the threads is: beside this file's source, or in the package beside the bundle. */
const workerEntry = (): URL =>
  new URL(import.meta.url.endsWith('.ts') ? './sample-worker.ts' : './sample-worker.js', import.meta.url)

/**
 * A runner of so many threads; none does everything on the thread that asks. Results are the same.
 * @param workers 0 to 64; default one less than there are cores
 * @throws OptionError on another number
 */
export function nodeRunner(workers: number = defaultWorkers()): JobRunner {
  if (!Number.isInteger(workers) || workers < 0 || workers > 64)
    throw new OptionError('workers', `must be a whole number from 0 to 64; got ${workers}.`)
  if (workers === 0) return inlineRunner(openOnDisk)
  let pool: WorkerPool | null = null
  let attached = 0
  // threads start with the first job: a set that lies ready in memory needs none
  const started = (): WorkerPool => {
    pool ??= new WorkerPool(workerEntry(), workers)
    return pool
  }
  const tell = (question: WorkerQuestion) => started().tell(question)
  return {
    lanes: workers,
    run: async (kind, job) => (await started().ask({ ask: 'run', kind, job } satisfies WorkerQuestion)) as never,
    async attach(bank) {
      const number = attached++
      await tell({ ask: 'attach', number, bank })
      return number
    },
    detach: (number) => tell({ ask: 'detach', number }),
    async close() {
      await pool?.close()
    },
  }
}
