/** Profile of a network: one training step and one evaluation. */
import type { ActivationStorage } from '../../graph/halves.js'
import type { Program } from '../../graph/program.js'
import type { Model } from '../../nn/model.js'
import { imagesOf, neuronsOf } from '../../ops/op.js'
import type { OptimizerSettings } from '../../ops/optimizer.js'
import type { Gpu } from '../../runtime/gpu.js'
import { type Profile, type ProfiledPhase, type ProfileOptions, profilePhases } from '../../runtime/profiler/profile.js'
import { randomFloats } from './fill.js'

export interface ModelProfileOptions extends ProfileOptions {
  readonly batch: number
  readonly optimizer: OptimizerSettings
  readonly maxNorm: number | null
  readonly recompute: boolean
  readonly activations?: ActivationStorage
  /** Samples `[1 or T, B, H, W, C]` and labels `[B]`; default random numbers and class 0. */
  readonly data?: { readonly input: Float32Array; readonly labels: Uint32Array }
}

const plainSgd: OptimizerSettings = { kind: 'sgd', momentum: 0.9, weightDecay: 0, nesterov: false }

export const usualModelProfile = { batch: 64, optimizer: plainSgd, maxNorm: null, recompute: false } as const

/**
 * Times a training step and an evaluation of a batch. The learning rate is 0: weights stay what they are, so every run
 * does the same work. Running averages and the optimiser's moments do change.
 * @param target what to call it
 */
export async function profileModel(
  gpu: Gpu,
  target: string,
  model: Model,
  options: ModelProfileOptions,
): Promise<Profile> {
  const { batch, optimizer, maxNorm, recompute, activations = 'f32' } = options
  const setup = { batch, optimizer, maxNorm, recompute, activations, labelSmoothing: 0.1, dropPathSeed: null }
  const programs: Program[] = []
  try {
    const training = await model.compileTraining(setup)
    programs.push(training)
    const evaluation = await model.compileEvaluation(batch)
    programs.push(evaluation)
    for (const program of programs) fill(program, model, options)
    training.setStep('optimizer', [0, 1, 1, 0])
    const phases = [phaseOf('training step', training), phaseOf('evaluation', evaluation)]
    return await profilePhases(gpu, target, phases, options)
  } finally {
    for (const program of programs) program.release()
  }
}

const phaseOf = (name: string, program: Program): ProfiledPhase => ({
  name,
  timedRun: () => program.profile(),
  plainRun: async () => {
    program.run()
    await program.wait()
  },
})

function fill(program: Program, model: Model, { batch, data }: ModelProfileOptions): void {
  const shape = model.inputShape(batch)
  program.write('input', data?.input ?? randomFloats(imagesOf(shape) * neuronsOf(shape)))
  program.write('labels', data?.labels ?? new Uint32Array(batch))
  program.write('metrics', new Float32Array(4))
}
