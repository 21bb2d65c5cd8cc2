/** What one training step costs. These are the numbers of today: lower them when they fall; a rise fails. */
import { expect, it } from 'vitest'
import { decode } from '../../src/nas/decode.js'
import { traceArchitecture } from '../../src/nas/network.js'
import { Model, type TrainingSetup } from '../../src/nn/model.js'
import { drawGenome, smallSpace } from '../support/architectures.js'
import { digitsModel } from '../support/digits-network.js'
import { testGpu } from '../support/gpu.js'

const setup: TrainingSetup = {
  batch: 8,
  optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
  labelSmoothing: 0.1,
  maxNorm: 5,
  recompute: false,
  dropPathSeed: null,
}

interface Budget {
  readonly dispatches: number
  readonly temporaryBytes: number
  readonly submissions: number
}

async function costOf(model: Model, changes: Partial<TrainingSetup> = {}): Promise<Budget> {
  const { submitter } = await testGpu()
  const program = await model.compileTraining({ ...setup, ...changes })
  try {
    const before = submitter.submissions
    program.run()
    const submissions = submitter.submissions - before
    await program.wait()
    return {
      dispatches: program.counters.dispatches.main ?? 0,
      temporaryBytes: program.counters.temporaryBytes,
      submissions,
    }
  } finally {
    program.release()
    model.release()
  }
}

function expectWithin(cost: Budget, budget: Budget): void {
  for (const name of Object.keys(budget) as (keyof Budget)[]) {
    expect(cost[name], name).toBeLessThanOrEqual(budget[name])
    // far below means that the budget no longer guards anything
    expect(cost[name], `${name}: lower its budget`).toBeGreaterThan(budget[name] * 0.8)
  }
}

it('a small convolutional network keeps its budget', async () => {
  expectWithin(await costOf(await digitsModel()), { dispatches: 41, temporaryBytes: 63_552, submissions: 1 })
})

it('recomputation saves memory for more dispatches', async () => {
  const kept = await costOf(await digitsModel({ timeSteps: 8 }))
  const recomputed = await costOf(await digitsModel({ timeSteps: 8 }), { recompute: true })
  expect(recomputed.temporaryBytes).toBeLessThan(kept.temporaryBytes)
  expect(recomputed.dispatches).toBeGreaterThan(kept.dispatches)
})

it('an evolved network keeps its budget', async () => {
  const spec = decode(drawGenome(7, 3), smallSpace)
  const model = new Model(await testGpu(), {
    layer: (scope, input) => traceArchitecture(scope, spec, input, { skipSilent: false }).logits,
    input: { height: 16, width: 16, channels: 1, perStep: false },
    classes: 3,
    timeSteps: 2,
    statistics: 'perStep',
    architecture: spec.key,
  })
  await model.memory.initialize([1, 0])
  expectWithin(await costOf(model), { dispatches: 422, temporaryBytes: 3_228_672, submissions: 1 })
})
