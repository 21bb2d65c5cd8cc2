/** What the command line prints, and where: results to standard output, everything else to standard error. */
import { createConsola } from 'consola'
import { NeuromotifError } from '../errors.js'

export interface Output {
  /** The result is to be JSON on standard output. */
  readonly json: boolean
  /** A line for people; to standard error when the result is JSON. */
  say(text: string): void
  warn(text: string): void
  result(value: unknown): void
}

const logger = createConsola({ stdout: process.stderr, stderr: process.stderr, formatOptions: { date: false } })

export const makeOutput = (json: boolean): Output => ({
  json,
  say: (text) => (json ? process.stderr : process.stdout).write(`${text}\n`),
  warn: (text) => {
    logger.warn(text)
  },
  result: (value) => {
    if (json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
  },
})

/** Exit code of an error: 130 for an interruption, 2 for wrong use, 1 for anything else. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof NeuromotifError)) return 70
  if (error.code === 'E_INTERRUPTED') return 130
  return error.code === 'E_OPTION' || error.code === 'E_CONFIG' ? 2 : 1
}

/** A user's mistake is one message; only an unknown fault shows where it happened. */
export function reportError(error: unknown, json: boolean): void {
  if (error instanceof NeuromotifError) {
    if (json) process.stdout.write(`${JSON.stringify({ error: { code: error.code, message: error.message } })}\n`)
    process.stderr.write(`${error.message}\n`)
    return
  }
  const fault = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(`Unexpected fault, please report it:\n${fault}\n`)
}
