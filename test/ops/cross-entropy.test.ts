import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OptionError, ShapeError } from '../../src/errors.js'
import { Graph } from '../../src/graph/graph.js'
import { traceCrossEntropy } from '../../src/ops/cross-entropy.js'
import { check, drawNumbers, randomSeed, runOp } from '../../src/properties/op-run.js'
import { traceLoad } from '../../src/properties/slabbed-io.js'
import { type CrossEntropyResult, crossEntropy } from '../../src/testing/oracle/cross-entropy.js'
import { expectClose } from '../../src/testing/tolerance.js'
import { testGpu } from '../support/gpu.js'

const logitShape = (batch: number, classes: number) => ({ steps: 1, batch, height: 1, width: 1, channels: classes })

interface LossOutcome {
  readonly losses: number[]
  readonly hits: number[]
  readonly gradient: Float32Array
  readonly metrics: Float32Array
}

async function runLoss(
  logits: ArrayLike<number>,
  labels: readonly number[],
  classes: number,
  smoothing: number,
  metrics: readonly number[] = [0, 0, 0, 0],
  soft: ArrayLike<number> | null = null,
): Promise<LossOutcome> {
  const result = await runOp(await testGpu(), {
    build(graph) {
      const z = traceLoad(graph, 'f32', logitShape(labels.length, classes), 'logits', 'gradient')
      const slot = (dtype: 'u32' | 'f32', elements: number, name: string) =>
        graph.raw(dtype, elements, name, { storage: { kind: 'slot', name } })
      const targets = soft ? slot('f32', labels.length * classes, 'targets') : null
      traceCrossEntropy(graph, z, slot('u32', labels.length, 'labels'), slot('f32', 4, 'metrics'), smoothing, targets)
    },
    write: { logits, labels: Uint32Array.from(labels), metrics, ...(soft ? { targets: soft } : {}) },
    read: ['sampleLosses', 'gradient', 'metrics'],
    backward: true,
  })
  const samples = [...result.floats('sampleLosses')]
  return {
    losses: samples.filter((_, i) => i % 2 === 0),
    hits: samples.filter((_, i) => i % 2 === 1),
    gradient: result.floats('gradient'),
    metrics: result.floats('metrics'),
  }
}

function expectLoss(outcome: LossOutcome, oracle: CrossEntropyResult): void {
  const rounding = { absolute: 1e-5, relative: 1e-5 }
  expectClose(outcome.losses, oracle.losses, rounding)
  expectClose(outcome.gradient, oracle.gradient, { absolute: 1e-6, relative: 1e-5 })
  expect(outcome.hits.reduce((sum, hit) => sum + hit, 0)).toBe(oracle.correct)
}

describe('cross-entropy', () => {
  it('takes soft labels, of which a whole one is a label', async () => {
    const cases = fc.record({
      batch: fc.constantFrom(1, 3, 65),
      classes: fc.constantFrom(2, 3, 10),
      smoothing: fc.constantFrom(0, 0.1),
      seed: randomSeed,
    })
    await check(
      cases,
      async ({ batch, classes, smoothing, seed }) => {
        const logits = drawNumbers(seed, 0, batch * classes, 4)
        const labels = Array.from({ length: batch }, (_, b) => b % classes)
        const soft = new Float64Array(batch * classes)
        const shares = drawNumbers(seed, 1, batch, 1)
        labels.forEach((label, b) => {
          // exact in float32, so that rows add up to 1
          const share = ((shares[b] ?? 0) + 1) / 2
          soft[b * classes + label] = share
          soft[b * classes + ((label + 1) % classes)] = 1 - share
        })
        const outcome = await runLoss(logits, labels, classes, smoothing, [0, 0, 0, 0], soft)
        expectLoss(outcome, crossEntropy(logits, labels, classes, smoothing, soft))
        const whole = Float64Array.from(soft, (_, i) => Number(labels[Math.floor(i / classes)] === i % classes))
        const [hard, one] = [
          await runLoss(logits, labels, classes, smoothing),
          await runLoss(logits, labels, classes, smoothing, [0, 0, 0, 0], whole),
        ]
        expectClose(one.gradient, hard.gradient, { absolute: 1e-7 })
        expectClose(one.losses, hard.losses, { absolute: 1e-6, relative: 1e-6 })
      },
      12,
      102,
    )
  })

  it('counts the first of equal logits as the greatest', async () => {
    const { hits } = await runLoss([1, 1, 0, 0, 1, 1, 2, 2, 2], [0, 2, 1], 3, 0)
    expect(hits).toEqual([1, 0, 0])
  })

  it('stays finite for extreme logits', async () => {
    for (const size of [100, 1e4, 1e30, 1e38])
      for (const smoothing of [0, 0.1]) {
        const logits = [size, -size, 0, -size, -size, -size, size, size, size].map(Math.fround)
        const outcome = await runLoss(logits, [0, 1, 2], 3, smoothing)
        // softmax does not change with what is added to a row; without this the oracle's own digits run out
        const centred = logits.map((logit, i) => logit - Math.max(...logits.slice(i - (i % 3), i - (i % 3) + 3)))
        expectLoss(outcome, crossEntropy(centred, [0, 1, 2], 3, smoothing))
        expect(Array.from(outcome.metrics).every(Number.isFinite)).toBe(true)
      }
  })

  it('refuses a smoothing or logits that make no sense', () => {
    const graph = new Graph()
    const labels = graph.raw('u32', 2, 'labels')
    const metrics = graph.raw('f32', 4, 'metrics')
    const logits = graph.activation('f32', logitShape(2, 3), 'logits')
    const targets = graph.raw('f32', 5, 'targets')
    expect(() => traceCrossEntropy(graph, logits, labels, metrics, 0, targets)).toThrow(ShapeError)
    for (const smoothing of [-0.1, 1, Number.NaN])
      expect(() => traceCrossEntropy(graph, logits, labels, metrics, smoothing)).toThrow(OptionError)
    for (const other of [{ steps: 2 }, { height: 2 }, { width: 2 }]) {
      const wrong = graph.activation('f32', { ...logitShape(2, 3), ...other }, 'logits')
      expect(() => traceCrossEntropy(graph, wrong, labels, metrics)).toThrow(ShapeError)
    }
  })
})
