/** The entry of a worker thread that reads and makes samples, in Node. */
import { fileSource } from '../../host/node/file-source.js'
import { answerQuestions } from '../../host/node/worker-port.js'
import { bytesSource } from '../events/byte-source.js'
import type { FilePlace } from './file-tree.js'
import { type Bank, type JobKind, JobServer, type Jobs, transferable } from './jobs.js'

/** What a thread is asked. */
export type WorkerQuestion =
  | { readonly ask: 'run'; readonly kind: JobKind; readonly job: Jobs[JobKind]['job'] }
  | { readonly ask: 'attach'; readonly number: number; readonly bank: Bank }
  | { readonly ask: 'detach'; readonly number: number }

const open = async (place: FilePlace) => {
  if (place.kind === 'disk') return fileSource(place.path)
  if (place.kind === 'bytes') return bytesSource(place.name, place.bytes)
  throw new TypeError('Node has no dropped files')
}
const server = new JobServer(open)

answerQuestions(async (asked) => {
  const question = asked as WorkerQuestion
  if (question.ask === 'run') return server.run(question.kind, question.job)
  if (question.ask === 'attach') return server.attach(question.number, question.bank)
  return server.detach(question.number)
}, transferable)
