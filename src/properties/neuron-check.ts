/** Holds neurons on the GPU against their float64 model, which replays the GPU's own spikes. */
import { NumericError } from '../errors.js'
import type { Gpu } from '../runtime/gpu.js'
import { type NeuronStates, neuronGradients, runNeurons } from '../testing/oracle/neurons/index.js'
import { compareSpikes, expectClose } from '../testing/tolerance.js'
import {
  kernelStateGradient,
  kernelStates,
  modelFinalGradient,
  modelOf,
  type NeuronCase,
  type NeuronData,
  neuronData,
  replayRun,
  rowNames,
  runNeuronCase,
  settingsOf,
} from './neuron-run.js'

/** Rounding moves what is compared with zero by less than this. */
const nearThreshold = 2e-4

/** Spikes that rounding cannot explain; of a grade, those that are off by more than one step at a step's edge. */
function illegalSpikes(run: NeuronCase, data: NeuronData, spikes: Float64Array) {
  const model = modelOf(run)
  const { excess } = runNeurons(model, data.x, {}, settingsOf(run), replayRun(run, data, spikes))
  const compared = excess.map((x) => (Number.isNaN(x) ? -1 : x))
  const due = compared.map((x) => model.stepFunction?.(x) ?? Number(x >= 0))
  if (!model.stepFunction) return compareSpikes(spikes, due, compared, 0, nearThreshold).illegal
  return [...spikes.keys()].filter((i) => {
    const x = compared[i] ?? Number.NaN
    return spikes[i] !== due[i] && Math.abs(x - Math.round(x)) > nearThreshold
  })
}

/** Within `relative` of the largest value there is. */
export function expectNear(actual: ArrayLike<number>, expected: ArrayLike<number>, relative = 3e-4): void {
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 1)
  expectClose(actual, expected, { absolute: relative * largest })
}

/** Spikes, states and every gradient are the model's. */
export async function expectNeurons(gpu: Gpu, run: NeuronCase): Promise<void> {
  const data = neuronData(run)
  const device = await runNeuronCase(gpu, run, data)
  const illegal = illegalSpikes(run, data, device.spikes).length
  if (illegal > 0)
    throw new NumericError('spikes', `rounding cannot explain ${illegal} of ${device.spikes.length} that differ.`)
  const model = modelOf(run)
  const settings = settingsOf(run)
  const replay = replayRun(run, data, device.spikes)
  const forward = runNeurons(model, data.x, {}, settings, replay)
  expectNear(device.output, forward.output)
  expectNear(device.finalState, kernelStates(run, forward.states[run.shape.steps] ?? []))
  const all = data.dys.map((dy, reader) => {
    const final = (n: number): NeuronStates => (reader === 0 ? modelFinalGradient(run, data.dFinal, n) : {})
    return neuronGradients(model, data.x, dy, {}, settings, replay, final)
  })
  const sum = (part: (gradients: (typeof all)[number]) => ArrayLike<number>) => {
    const parts = all.map(part)
    return Float64Array.from(parts[0] ?? [], (_, i) => parts.reduce((total, one) => total + (one[i] ?? Number.NaN), 0))
  }
  expectNear(
    device.dx,
    sum(({ input }) => input),
  )
  expectNear(
    device.dInitial,
    sum(({ states }) => kernelStateGradient(run, states)),
  )
  const columns = run.neuron.perChannel ? run.shape.channels : 1
  const byWeight = rowNames(run).flatMap((name) => {
    const perNeuron = sum(({ numbers }) => numbers[name] ?? [])
    return Array.from({ length: columns }, (_, c) =>
      perNeuron.filter((__, n) => n % columns === c).reduce((a, b) => a + b, 0),
    )
  })
  expectNear(device.dWeights, byWeight)
  if (device.slabs < run.slabs) throw new NumericError('slabs', `must be ${run.slabs} at least; got ${device.slabs}.`)
}
