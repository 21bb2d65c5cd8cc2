/** Temporal batch norms: tdBN, TEBN and BNTT with all gradients and running averages, in training and evaluation. */
import * as fc from 'fast-check'
import type { Layer } from '../../nn/layers.js'
import { bntt, tdbn, tebn } from '../../nn/normalization.js'
import { type ActivationShape, pixelsOf } from '../../ops/op.js'
import type { Gpu } from '../../runtime/gpu.js'
import {
  type TemporalNormExtent,
  type TemporalNormParameters,
  temporalNormBackward,
  temporalNormForward,
  temporalNormRunning,
} from '../../testing/oracle/temporal-norm.js'
import { expectClose } from '../../testing/tolerance.js'
import { runLayer } from '../layer-run.js'
import { activationShape, countOf, drawNumbers, randomSeed } from '../op-run.js'
import { type GpuProperty, gpuProperty } from '../property.js'

export type TemporalMode = 'tdbn' | 'tebn' | 'bntt'
export const temporalModes: readonly TemporalMode[] = ['tdbn', 'tebn', 'bntt']

/** The layers that the cases run. */
export const temporalLayers: Record<TemporalMode, Layer> = {
  tdbn: tdbn({ threshold: 0.5, alpha: 0.75 }),
  tebn: tebn(),
  bntt: bntt({ useBeta: true }),
}

export const temporalExtent = (mode: TemporalNormExtent['mode'], shape: ActivationShape): TemporalNormExtent => ({
  mode,
  timeSteps: shape.steps,
  positions: shape.batch * pixelsOf(shape),
  channels: shape.channels,
  epsilon: mode === 'bntt' ? 1e-4 : 1e-5,
  factor: 0.375,
})

/** Running statistics `[rows, C]` as a state holds them, `[rows, 2, C]`. */
const packedRunning = (mean: Float64Array, variance: Float64Array, channels: number): number[] =>
  Array.from({ length: mean.length / channels }, (_, r) => [
    ...mean.subarray(r * channels, (r + 1) * channels),
    ...variance.subarray(r * channels, (r + 1) * channels),
  ]).flat()

/** Parameters away from their initial values, by the names that layers give them. */
export function drawTemporalParameters(mode: TemporalNormExtent['mode'], shape: ActivationShape, seed: number) {
  const rows = mode === 'bntt' ? shape.steps : 1
  const draw = (k: number, count: number, center: number) =>
    drawNumbers(seed, k, count, 0.5).map((value) => value + center)
  const gamma = draw(1, rows * shape.channels, 1)
  const beta = draw(2, rows * shape.channels, 0)
  const stepWeight = draw(3, shape.steps, 1)
  const mean = draw(4, rows * shape.channels, 0)
  const variance = draw(5, rows * shape.channels, 1)
  const parameters: TemporalNormParameters = { gamma, beta, stepWeight }
  const names = mode === 'bntt' ? { stepGamma: gamma, stepBeta: beta } : { gamma, beta, stepWeight }
  return { parameters, values: { ...names, running: packedRunning(mean, variance, shape.channels) }, mean, variance }
}

interface TemporalCase {
  readonly shape: ActivationShape
  readonly seed: number
  readonly slabs: number
  readonly evaluate: boolean
}

const temporalCase: fc.Arbitrary<TemporalCase> = fc
  .record({
    shape: activationShape(),
    seed: randomSeed,
    slabs: fc.integer({ min: 1, max: 3 }),
    evaluate: fc.boolean(),
  })
  // with two numbers, x̂ is ±1 whatever they are, and rounding decides the gradient
  .filter(({ shape }) => shape.batch * pixelsOf(shape) > 3)

const rounding = { absolute: 2e-4, relative: 2e-4 }

async function expectTemporalNorm(gpu: Gpu, mode: TemporalMode, run: TemporalCase): Promise<void> {
  const { shape, seed, slabs, evaluate } = run
  const extent = temporalExtent(mode, shape)
  const { parameters, values, mean, variance } = drawTemporalParameters(mode, shape, seed)
  const x = drawNumbers(seed, 0, countOf(shape))
  const forward = temporalNormForward(x, parameters, extent, evaluate ? { mean, variance } : undefined)
  const least = Math.min(...forward.variance)
  // rounding of nearly equal numbers decides a gradient through their variance
  fc.pre(least >= 1e-2)
  const result = await runLayer(gpu, {
    layer: temporalLayers[mode],
    input: shape,
    x,
    values,
    mode: evaluate ? 'evaluate' : 'train',
    minimumSlabs: Math.min(slabs, shape.steps),
  })
  const backward = temporalNormBackward(result.dy, forward, parameters, extent, evaluate)
  expectClose(result.y, forward.y, rounding)
  expectClose(result.dx, backward.dx, { absolute: 2e-4 / Math.sqrt(least), relative: 2e-4 })
  const { gradients } = result
  expectClose(gradients[mode === 'bntt' ? 'stepGamma' : 'gamma'] ?? [], backward.dgamma, rounding)
  expectClose(gradients[mode === 'bntt' ? 'stepBeta' : 'beta'] ?? [], backward.dbeta, rounding)
  if (mode === 'tebn') expectClose(gradients.stepWeight ?? [], backward.dstepWeight, rounding)
  const after = evaluate ? { mean, variance } : temporalNormRunning({ mean, variance }, forward, extent)
  const expected = packedRunning(after.mean, after.variance, shape.channels)
  expectClose(result.states.running ?? [], expected, { absolute: 1e-4, relative: 1e-4 })
}

const shared = [
  'normalization/statistics',
  'normalization/evaluation_state',
  'normalization/running_update',
  'normalization/gradient_sums',
  'normalization/gradient_apply',
  'normalization/parameter_gradient',
]
const kernelsOf: Record<TemporalMode, readonly string[]> = {
  tdbn: [...shared, 'normalization/affine_table', 'normalization/affine_channels'],
  tebn: [
    ...shared,
    'normalization/affine_table',
    'normalization/affine_channels',
    'normalization/affine_steps',
    'normalization/gradient_totals',
  ],
  bntt: shared,
}

export const temporalNormProperties: readonly GpuProperty[] = temporalModes.map((mode) =>
  gpuProperty<TemporalCase>({
    name: `temporal norm ${mode}: output, gradients and running averages, in training and evaluation`,
    kernels: kernelsOf[mode],
    cases: temporalCase,
    runs: 20,
    holds: (gpu, run) => expectTemporalNorm(gpu, mode, run),
  }),
)
