/** The training step that all three libraries run: same shapes, weights, data and loss. */
import { philoxFill, RandomStream, toUnit } from '../../src/runtime/philox.js'

export const problem = {
  timeSteps: 4,
  batch: Number(process.env.BENCH_BATCH ?? 64),
  side: 28,
  widths: [32, 64, 128] as readonly [number, number, number],
  classes: 10,
  learningRate: 0.01,
  tau: 2,
  /** Width of the arctan surrogate: slope alpha/2 / (1 + (pi/2 alpha u)^2). */
  alpha: 2,
  epsilon: 1e-5,
}

const draw = (index: number, count: number, bound: number): Float32Array =>
  Float32Array.from(philoxFill([5, 0], RandomStream.syntheticData, index, 0, count), (word) =>
    Math.fround((2 * toUnit(word) - 1) * bound),
  )

/** Convolutions `[3, 3, CI, CO]`, gammas and betas `[C]`, linear `[128, 10]` and `[10]`. */
export function weights(): {
  convolutions: Float32Array[]
  gammas: Float32Array[]
  betas: Float32Array[]
  linear: Float32Array
  bias: Float32Array
} {
  const channels = [1, ...problem.widths]
  return {
    convolutions: problem.widths.map((width, k) => {
      const inputs = channels[k] ?? 1
      return draw(k, 9 * inputs * width, 1 / Math.sqrt(9 * inputs))
    }),
    // currents large enough for every layer to fire
    gammas: problem.widths.map((width) => new Float32Array(width).fill(1.5)),
    betas: problem.widths.map((width) => new Float32Array(width).fill(0.5)),
    linear: draw(10, problem.widths[2] * problem.classes, 1 / Math.sqrt(problem.widths[2])),
    bias: new Float32Array(problem.classes),
  }
}

/** Smooth pictures `[B, H, W, 1]` and labels `[B]`. */
export function data(): { input: Float32Array; labels: Uint32Array } {
  const { batch, side, classes } = problem
  const waves = draw(20, batch * 3, 1)
  const input = Float32Array.from({ length: batch * side * side }, (_, i) => {
    const sample = Math.floor(i / (side * side))
    const [y, x] = [Math.floor(i / side) % side, i % side]
    const [a = 0, b = 0, c = 0] = waves.subarray(sample * 3, sample * 3 + 3)
    return Math.fround(Math.sin(a * x * 0.7 + b * y * 0.7 + 3 * c))
  })
  return { input, labels: Uint32Array.from({ length: batch }, (_, i) => i % classes) }
}

/** What each program prints. */
export interface StepResult {
  readonly library: string
  readonly adapter: string
  /** Of each step, before its update. */
  readonly losses: number[]
  /** From before the library is asked for a device to the end of the first step. */
  readonly firstStepSeconds: number
  readonly stepSeconds: number[]
}

export const stepCount = (): number => Number(process.argv[2] ?? 3)

export function report(result: StepResult): void {
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
}

/** Dawn as `navigator.gpu`, before a library that looks there is loaded. Holds it for as long as the process lives. */
export async function provideGpu(): Promise<void> {
  const { create, globals } = (await import('webgpu')) as unknown as { create(flags: string[]): GPU; globals: object }
  const gpu = create([])
  Object.assign(globalThis, globals, { keptDawn: gpu })
  Object.defineProperty(globalThis, 'navigator', {
    value: { gpu, userAgent: 'node', hardwareConcurrency: 2 },
    configurable: true,
  })
}
