/** Worker threads that answer questions, each one at a time. */
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { type ErrorCode, errorFrom } from '../../errors.js'

export interface Question {
  readonly number: number
  readonly question: unknown
}

export interface Answer {
  readonly number: number
  readonly value?: unknown
  readonly error?: { readonly code: ErrorCode | null; readonly message: string }
}

interface Waiting {
  readonly question: unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

interface Lane {
  readonly worker: Worker
  /** The question it works on. */
  current: Waiting | null
}

/** Threads used where nobody says how many: one core is left to the GPU's driver and the main thread. */
export const defaultWorkers = (): number => Math.max(1, Math.min(8, availableParallelism() - 1))

export class WorkerPool {
  private readonly lanes: Lane[]
  private readonly waiting: Waiting[] = []
  private fault: Error | null = null

  /** @param entry file that calls `answerQuestions` */
  constructor(entry: URL, size: number) {
    this.lanes = Array.from({ length: size }, () => this.start(entry))
  }

  get size(): number {
    return this.lanes.length
  }

  /** Asks whichever thread is free first. */
  ask(question: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ question, resolve, reject })
      this.hand()
    })
  }

  /** Asks every thread, each when it is free: what all of them must know. Others wait until all have answered. */
  async tell(question: unknown): Promise<void> {
    if (this.fault) throw this.fault
    await Promise.all(
      this.lanes.map(
        (lane) =>
          new Promise((resolve, reject) => {
            // a thread answers in the order in which it is asked
            this.post(lane, { question, resolve, reject })
          }),
      ),
    )
  }

  async close(): Promise<void> {
    this.fail(new Error('the worker threads were ended'))
    await Promise.all(this.lanes.map(({ worker }) => worker.terminate()))
  }

  private readonly open = new Map<number, { readonly waiting: Waiting; readonly lane: Lane }>()
  private next = 0

  private start(entry: URL): Lane {
    const worker = startWorker(entry)
    const lane: Lane = { worker, current: null }
    // idle threads must not keep the process alive
    worker.unref()
    worker.on('message', (answer: Answer) => this.answered(answer))
    worker.on('error', (error: Error) => this.fail(error))
    worker.on('exit', (code) => this.fail(new Error(`a worker thread ended with code ${code}`)))
    return lane
  }

  private hand(): void {
    if (this.fault) {
      for (const { reject } of this.waiting.splice(0)) reject(this.fault)
      return
    }
    for (const lane of this.lanes) {
      if (lane.current) continue
      const waiting = this.waiting.shift()
      if (!waiting) return
      lane.current = waiting
      this.post(lane, waiting)
    }
  }

  private post(lane: Lane, waiting: Waiting): void {
    const number = this.next++
    this.open.set(number, { waiting, lane })
    lane.worker.ref()
    lane.worker.postMessage({ number, question: waiting.question } satisfies Question)
  }

  private answered({ number, value, error }: Answer): void {
    const asked = this.open.get(number)
    if (!asked) return
    this.open.delete(number)
    const { waiting, lane } = asked
    if (lane.current === waiting) lane.current = null
    if (![...this.open.values()].some((other) => other.lane === lane)) lane.worker.unref()
    if (error === undefined) waiting.resolve(value)
    else waiting.reject(error.code === null ? new Error(error.message) : errorFrom(error.code, error.message))
    this.hand()
  }

  private fail(fault: Error): void {
    this.fault ??= fault
    for (const { waiting } of this.open.values()) waiting.reject(this.fault)
    this.open.clear()
    this.hand()
  }
}

/** In the package the entry is JavaScript; when the sources run themselves, tsx must translate it in its own thread. */
function startWorker(entry: URL): Worker {
  if (!entry.pathname.endsWith('.ts')) return new Worker(entry)
  const folder = dirname(createRequire(import.meta.url).resolve('tsx/package.json'))
  const tsx = JSON.stringify(pathToFileURL(join(folder, 'dist/esm/api/index.mjs')).href)
  const start = `import(${tsx}).then(({ register }) => { register(); return import(${JSON.stringify(entry.href)}) })`
  return new Worker(start, { eval: true })
}
