/** Learning-rate schedules: functions of the training progress alone, so that a resumed run continues the same curve. */
import { OptionError } from '../errors.js'

export interface ScheduleSettings {
  readonly kind: 'constant' | 'cosine'
  /** Peak rate. */
  readonly learningRate: number
  /** Rate at the end of the cosine. */
  readonly finalRate: number
  /** Share of the training that climbs linearly from `warmupRate` to the peak, 0..1. */
  readonly warmup: number
  readonly warmupRate: number
}

/** The schedule of MSE-NAS (sheet 00, section 5): 5e-3 · batch / 1024, cosine to 1e-5, warm-up from 1e-6. */
export const mseNasSchedule = (batch: number, warmup = 0.1): ScheduleSettings => ({
  kind: 'cosine',
  learningRate: (5e-3 * batch) / 1024,
  finalRate: 1e-5,
  warmup,
  warmupRate: 1e-6,
})

/** @throws OptionError on rates that are not positive or a warm-up outside 0..1 */
export function checkSchedule(schedule: ScheduleSettings): ScheduleSettings {
  const { learningRate, finalRate, warmup, warmupRate } = schedule
  if (!(learningRate > 0 && Number.isFinite(learningRate)))
    throw new OptionError('learningRate', `must be a positive number; got ${learningRate}.`)
  if (!(finalRate >= 0 && warmupRate >= 0 && Number.isFinite(finalRate + warmupRate)))
    throw new OptionError(
      'schedule',
      `rates must be finite and not negative; got final ${finalRate}, warm-up ${warmupRate}.`,
    )
  if (!(warmup >= 0 && warmup < 1))
    throw new OptionError('schedule.warmup', `must be a share from 0 to below 1; got ${warmup}.`)
  return schedule
}

/** Learning rate of a step, `progress` = step / steps in 0..1. */
export function learningRateAt(schedule: ScheduleSettings, progress: number): number {
  const { kind, learningRate, finalRate, warmup, warmupRate } = schedule
  if (progress < warmup) return warmupRate + (learningRate - warmupRate) * (progress / warmup)
  if (kind === 'constant') return learningRate
  return finalRate + ((learningRate - finalRate) * (1 + Math.cos(Math.PI * progress))) / 2
}
