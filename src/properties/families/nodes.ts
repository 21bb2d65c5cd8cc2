/** A node: sum of edges with batch norm, sign clip and drop-path, and all its gradients. */
import * as fc from 'fast-check'
import { NumericError } from '../../errors.js'
import type { Gpu } from '../../runtime/gpu.js'
import { dot } from '../../testing/gradient.js'
import { toHalf } from '../../testing/oracle/half.js'
import { expectClose } from '../../testing/tolerance.js'
import { type CombineCase, combineData, type EdgeCase, referenceCombine, runCombine } from '../combine-run.js'
import { expectHalves, halfRounding } from '../halves-check.js'
import { activationShape, randomSeed } from '../op-run.js'
import { type GpuProperty, gpuProperty } from '../property.js'

export const nodeKernels = [
  'elementwise/combine_forward',
  'elementwise/edge_gradient',
  'normalization/moments',
  'normalization/statistics',
  'normalization/running_update',
  'normalization/evaluation_state',
  'normalization/gradient_sums',
  'normalization/gradient_merge',
  'normalization/gradient_apply',
  'normalization/parameter_gradient',
]

/**
 * Output, gradients of inputs and norms, and running averages are the oracle's; rounding grows with the norm's gain.
 * With halves, inputs and output are stored as f16: the oracle begins with what of the inputs is left.
 */
export async function expectNode(gpu: Gpu, run: CombineCase, minimumSlabs = 1, halves = false) {
  const drawn = combineData(run)
  const data = halves ? { ...drawn, inputs: drawn.inputs.map((x) => x.map(toHalf)) } : drawn
  const device = await runCombine(gpu, run, data, minimumSlabs, halves)
  const reference = referenceCombine(run, data)
  const rounding = { absolute: 2e-5 * Math.max(1, reference.gain), relative: 2e-5 }
  const parameterRounding = { ...rounding, absolute: Math.max(2e-4, rounding.absolute) }
  const rounded = halves && run.edges.length <= 2
  expectClose(device.y, reference.y, rounded ? halfRounding(rounding) : rounding)
  if (rounded) expectHalves(device.y)
  if (halves && device.halves === 0) throw new NumericError('halves', 'there must be some; nothing was stored as f16.')
  run.constant.forEach((_, k) => {
    expectClose(device.dx[k] ?? [], reference.dx[k] ?? [], rounding)
  })
  run.edges.forEach((_, e) => {
    expectClose(device.dgammas[e] ?? [], reference.dgammas[e] ?? [], parameterRounding)
    expectClose(device.dbetas[e] ?? [], reference.dbetas[e] ?? [], parameterRounding)
    const running = reference.running[e]
    if (running) expectClose(device.running[e] ?? [], running, { absolute: 1e-5, relative: 1e-5 })
  })
  if (device.slabs < minimumSlabs)
    throw new NumericError('slabs', `must be ${minimumSlabs} at least; got ${device.slabs}.`)
  return device
}

/** <dy, y> = sum of <dx, x>, on the device alone, where neither norms nor clips bend a node. */
async function expectLinearNode(gpu: Gpu, run: CombineCase): Promise<void> {
  const data = combineData(run)
  const { y, dx } = await runCombine(gpu, run, data)
  const back = data.inputs.reduce((sum, x, k) => sum + dot(x, dx[k] ?? []), 0)
  const scale = Math.sqrt(dot(y, y) * dot(data.dy, data.dy))
  expectClose([back], [dot(y, data.dy)], { absolute: 1e-5 * scale })
}

const sign = fc.constantFrom('neutral', 'excitatory', 'inhibitory') satisfies fc.Arbitrary<EdgeCase['sign']>

/** One to five edges over as many inputs or fewer, of which some are constant. */
export const nodeCase: fc.Arbitrary<CombineCase> = fc
  .record({
    shape: activationShape(),
    edges: fc.array(
      fc.record({
        norm: fc.constantFrom('none', 'none', 'perStep', 'perStepRows', 'pooled', 'evaluate', 'evaluateRows'),
        sign,
        drop: fc.boolean(),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    inputs: fc.integer({ min: 1, max: 5 }),
    constants: fc.array(fc.constantFrom(false, false, true), { minLength: 5, maxLength: 5 }),
    sharedParameters: fc.constantFrom(false, false, true),
    seed: randomSeed,
  })
  .map(({ shape, edges, inputs, constants, sharedParameters, seed }): CombineCase => {
    const count = Math.min(inputs, edges.length)
    // at least one input has all steps, else the node would have one
    const constant = constants.slice(0, count).map((drawn, k) => drawn && k > 0)
    return {
      shape,
      constant,
      // a repeated constant may not be normalised
      edges: edges.map((edge, e): EdgeCase => {
        const input = e % count
        return { ...edge, input, norm: constant[input] ? 'none' : edge.norm }
      }),
      sharedParameters,
      seed,
    }
  })

const linearCase = nodeCase.map(
  (run): CombineCase => ({
    ...run,
    edges: run.edges.map((edge): EdgeCase => ({ ...edge, norm: 'none', sign: 'neutral' })),
  }),
)

const normCase: fc.Arbitrary<CombineCase> = fc
  .record({
    shape: activationShape(),
    norm: fc.constantFrom('perStep', 'perStepRows', 'pooled', 'evaluate', 'evaluateRows'),
    seed: randomSeed,
  })
  .map(
    ({ shape, norm, seed }): CombineCase => ({
      shape,
      constant: [false],
      edges: [{ input: 0, norm, sign: 'neutral', drop: false }],
      sharedParameters: false,
      seed,
    }),
  )

export const nodeProperties: readonly GpuProperty[] = [
  gpuProperty<CombineCase>({
    name: 'node: sum of its edges, with the gradients of inputs and norms',
    kernels: nodeKernels,
    cases: nodeCase,
    runs: 30,
    async holds(gpu, run) {
      await expectNode(gpu, run)
    },
  }),
  gpuProperty<CombineCase>({
    name: 'node without norms and clips: the gradient is the adjoint',
    kernels: ['elementwise/combine_forward'],
    cases: linearCase,
    holds: expectLinearNode,
  }),
  gpuProperty<CombineCase>({
    name: 'batch norm: output, gradients and running averages, per step, pooled and in evaluation',
    kernels: nodeKernels.filter((kernel) => kernel !== 'elementwise/edge_gradient'),
    cases: normCase,
    runs: 50,
    async holds(gpu, run) {
      await expectNode(gpu, run)
    },
  }),
]
