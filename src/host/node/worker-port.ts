/** A worker thread's end of the line: it answers questions one after the other. */
import { parentPort } from 'node:worker_threads'
import { NeuromotifError } from '../../errors.js'
import type { Answer, Question } from './worker-pool.js'

/**
 * Answers each question that comes with what `handle` returns, or with its error.
 * @param transfers memory of the answer that is handed over rather than copied
 */
export function answerQuestions(
  handle: (question: unknown) => Promise<unknown>,
  transfers: (answer: unknown) => readonly ArrayBuffer[],
): void {
  const port = parentPort
  if (!port) throw new TypeError('this file runs in a worker thread')
  port.on('message', ({ number, question }: Question) => {
    handle(question).then(
      (value) => port.postMessage({ number, value } satisfies Answer, [...transfers(value)]),
      (error: unknown) => port.postMessage({ number, error: plainError(error) } satisfies Answer),
    )
  })
}

/** What can be sent of an error. */
function plainError(error: unknown): NonNullable<Answer['error']> {
  if (error instanceof NeuromotifError) return { code: error.code, message: error.message }
  const fault = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code: null, message: fault }
}
