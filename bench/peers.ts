/**
 * The peers of the benchmarks: `@jax-js/jax` and `@tensorflow/tfjs` with their WebGPU backends, each in a process of its
 * own on the same adapter. A peer process answers lines of JSON on standard input: one job, one time in milliseconds.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface, type Interface } from 'node:readline'

export const peerNames = ['jax-js', 'tfjs'] as const
export type PeerName = (typeof peerNames)[number]

/** `[images, side, side, in] -> [images, side, side, out]` by windows of `kernel`, zeros around; or a square product. */
export type PeerJob =
  | { readonly kind: 'product'; readonly m: number; readonly n: number; readonly k: number }
  | {
      readonly kind: 'convolution'
      readonly images: number
      readonly side: number
      readonly inputs: number
      readonly outputs: number
      readonly kernel: number
    }

export interface PeerAnswer {
  readonly milliseconds: number
  /** CPU time of the process over its cores, in ms: steadier than wall time where other programs run. */
  readonly processor: number
  /** A few of the results, so that they can be compared with ours. */
  readonly sample: readonly number[]
}

/** The data of a job, the same in every process: input and second operand in a peer's own order come from these. */
export const operand = (index: number, seed: number): number =>
  (((Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b)) >>> 8) % 2001) / 1000 - 1

export class Peer {
  readonly name: PeerName
  private readonly process: ChildProcess
  private readonly lines: Interface
  private readonly waiting: ((line: string) => void)[] = []

  private constructor(name: PeerName) {
    this.name = name
    this.process = spawn(process.execPath, ['--import', 'tsx', 'bench/peer-process.ts', name], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.lines = createInterface({ input: this.process.stdout as NodeJS.ReadableStream })
    this.lines.on('line', (line) => {
      if (line.startsWith('{')) this.waiting.shift()?.(line)
    })
    this.process.on('exit', () => {
      for (const resolve of this.waiting) resolve('{"error":"the process ended"}')
    })
  }

  /** @returns the reason when the peer cannot run here */
  static async start(name: PeerName): Promise<Peer | string> {
    const peer = new Peer(name)
    const answer = JSON.parse(await peer.next()) as { ready?: boolean; error?: string }
    return answer.ready ? peer : (answer.error ?? 'did not start')
  }

  private next(): Promise<string> {
    return new Promise((resolve) => this.waiting.push(resolve))
  }

  async run(job: PeerJob): Promise<PeerAnswer> {
    const answer = this.next()
    this.process.stdin?.write(`${JSON.stringify(job)}\n`)
    const parsed = JSON.parse(await answer) as PeerAnswer & { error?: string }
    if (parsed.error) throw new Error(`${this.name}: ${parsed.error}`)
    return parsed
  }

  stop(): void {
    this.process.stdin?.end()
    this.process.kill()
  }
}
