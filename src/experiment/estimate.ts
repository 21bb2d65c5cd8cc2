/** What a job will need, before it starts: memory exactly as it will be planned, time as an order of magnitude. */
import { LimitError } from '../errors.js'
import { planGraph } from '../graph/plan.js'
import type { Model } from '../nn/model.js'
import { mebibytes } from '../runtime/buffer-pool.js'
import type { Gpu } from '../runtime/gpu.js'
import type { BufferView } from '../runtime/kernel.js'
import { differentiateForPlan, type PlannedSetup } from './plan-training.js'

export interface Estimate {
  /** Bytes of activations, gradients and parameters at the peak. */
  readonly bytes: number
  /** Floating-point operations of one step of training, or one pass. */
  readonly flops: number
  /** Seconds of one step at a typical speed of this kind of adapter; right within a factor of a few. */
  readonly seconds: number
}

/** Sustained FLOP/s of whole programs: a software driver on two cores, and a modest GPU. */
const typicalSpeed = { software: 9e9, hardware: 1e12 }

const anywhere: BufferView = { holder: { buffer: null }, offset: 0, size: 0 }

/** Plans a program without allocating it. */
export function estimateTraining(gpu: Gpu, model: Model, setup: PlannedSetup): Estimate {
  const graph = differentiateForPlan(model, setup)
  const plan = planGraph(graph, { view: () => anywhere }, gpu.maxBinding, 1, gpu.variants)
  const fixed = plan.slots.reduce((sum, slot) => sum + slot.bytes, 0)
  const bytes = fixed + 4 * 4 * model.parameters.arenaElements
  const flops = plan.dispatches.reduce((sum, dispatch) => sum + (dispatch.cost?.flops ?? 0), 0)
  return { bytes, flops, seconds: flops / (gpu.facts.software ? typicalSpeed.software : typicalSpeed.hardware) }
}

/** @throws LimitError when the estimate exceeds the memory budget, naming what would help */
export function checkBudget(gpu: Gpu, estimate: Estimate, what: string): void {
  if (estimate.bytes <= gpu.buffers.budget) return
  throw new LimitError(
    what,
    `needs about ${mebibytes(estimate.bytes)} of GPU memory; the budget is ${mebibytes(gpu.buffers.budget)}.`,
    'Use a smaller --batch, a smaller --width, fewer --steps, --activations f16, or --recompute.',
  )
}
