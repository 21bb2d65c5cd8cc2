/** Runs an op that is linear in its inputs, with their gradients, on the GPU. */
import type { Graph } from '../graph/graph.js'
import { type ActivationShape, imagesOf, type Value } from '../ops/op.js'
import type { Gpu } from '../runtime/gpu.js'
import { dot } from '../testing/gradient.js'
import { packSpikes } from '../testing/oracle/dissimilarity.js'
import { expectClose } from '../testing/tolerance.js'
import { countOf, drawNumbers, drawSpikes, runOp } from './op-run.js'
import { traceLoad, traceSeed, traceStore } from './slabbed-io.js'

export interface LinearRun {
  readonly inputs: readonly { readonly shape: ActivationShape; readonly spikes: boolean }[]
  /** Of the result, as numbers. */
  readonly outputSize: number
  readonly trace: (graph: Graph, inputs: readonly Value[]) => Value
  /** How often the op reads the inputs: above 1, gradients are added to what is there. */
  readonly readers?: number
  readonly minimumSlabs?: number
  readonly density?: number
  /** Store activations as f16 where they can be: the numbers drawn are exact halves. */
  readonly halves?: boolean
  readonly seed: number
}

export interface LinearResult {
  readonly xs: readonly Float64Array[]
  /** Gradient of each reader's result. */
  readonly dys: readonly Float64Array[]
  /** The result of each reader, as it lies in memory. */
  readonly ys: readonly Uint32Array[]
  readonly dxs: readonly Float32Array[]
  readonly slabs: number
}

export const floatsOf = (words: Uint32Array): Float32Array =>
  new Float32Array(words.buffer, words.byteOffset, words.length)

export async function runLinear(gpu: Gpu, run: LinearRun): Promise<LinearResult> {
  const { inputs, outputSize, readers = 1, seed, density = 0.4 } = run
  const xs = inputs.map(({ shape, spikes }, k) =>
    spikes ? drawSpikes(seed, k, countOf(shape), density) : drawNumbers(seed, k, countOf(shape)),
  )
  const dys = Array.from({ length: readers }, (_, reader) => drawNumbers(seed, 100 + reader, outputSize, 1))
  const ynames = dys.map((_, reader) => `y${reader}`)
  const result = await runOp(gpu, {
    build(graph) {
      const values = inputs.map(({ shape, spikes }, k) =>
        traceLoad(graph, spikes ? 'spikes' : 'f32', shape, `x${k}`, `dx${k}`),
      )
      for (const [reader, name] of ynames.entries()) {
        const y = run.trace(graph, values)
        traceStore(graph, y, name)
        traceSeed(graph, y, `dy${reader}`)
      }
    },
    write: Object.fromEntries([
      ...xs.map((x, k) => {
        const input = inputs[k]
        if (!input?.spikes) return [`x${k}`, x]
        const images = imagesOf(input.shape)
        return [`x${k}`, packSpikes(x, images, x.length / images)]
      }),
      ...dys.map((dy, reader) => [`dy${reader}`, dy]),
    ]),
    read: [...ynames, ...inputs.map((_, k) => `dx${k}`)],
    backward: true,
    minimumSlabs: run.minimumSlabs ?? 1,
    halves: run.halves ?? false,
  })
  return {
    xs,
    dys,
    ys: ynames.map((name) => result.words(name)),
    dxs: inputs.map((_, k) => result.floats(`dx${k}`)),
    slabs: result.slabs,
  }
}

/**
 * The dot test <dy, y> = <dx, x> between the two passes on the device: it needs no oracle.
 * @param y the result as numbers @param relative of the size up to which products may cancel; default: nothing rounds
 */
export function expectAdjoint(
  { xs, dxs, dys }: Pick<LinearResult, 'xs' | 'dxs' | 'dys'>,
  y: ArrayLike<number>,
  relative = 1e-12,
): void {
  const dy = totalOf(dys)
  const pulled = xs.reduce((sum, x, k) => sum + dot(dxs[k] ?? [], x), 0)
  const scale = 1 + Math.sqrt(dot(y, y) * dot(dy, dy))
  expectClose([pulled], [dot(dy, y)], { absolute: relative * scale })
}

/** Sum of the readers' gradients. */
export const totalOf = (dys: readonly Float64Array[]): Float64Array =>
  Float64Array.from(dys[0] ?? [], (_, i) => dys.reduce((sum, dy) => sum + (dy[i] ?? Number.NaN), 0))
