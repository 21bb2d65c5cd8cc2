/**
 * Activations stored as f16 against f32: bytes of the training step of `bench/training-step.ts`, its time in turns, and
 * the accuracy that the same trainings reach on the digits.
 * `npx tsx bench/activations.ts [memory] [time] [digits] [--epochs n]`, without names all parts.
 */
import { parseArgs } from 'node:util'
import { convLif, namedNetwork } from '../src/experiment/named-network.js'
import { dataShape } from '../src/experiment/network.js'
import { differentiateForPlan } from '../src/experiment/plan-training.js'
import { resolveSettings } from '../src/experiment/settings.js'
import { evaluateNetwork, trainNetwork } from '../src/experiment/train-network.js'
import type { Graph } from '../src/graph/graph.js'
import { type ActivationStorage, activationStorages } from '../src/graph/halves.js'
import { planGraph } from '../src/graph/plan.js'
import { loadDataset, Model, openGpu } from '../src/index.js'
import type { Value } from '../src/ops/op.js'
import { earlierResult, newJob, saveResult, spread, timeInTurns } from './harness.js'
import { data, problem } from './training-step/problem.js'

const { values, positionals } = parseArgs({
  options: { epochs: { type: 'string', default: '15' } },
  allowPositionals: true,
})
const wanted = (part: string) => positionals.length === 0 || positionals.includes(part)
const gpu = await openGpu()
const { timeSteps, batch, side, classes, widths } = problem
const anywhere = { view: () => ({ holder: { buffer: null }, offset: 0, size: 0 }) }

const stepModel = () =>
  new Model(gpu, {
    layer: convLif(widths[0], classes),
    input: { height: side, width: side, channels: 1, perStep: false },
    classes,
    timeSteps,
    statistics: 'pooled',
    architecture: 'training step',
  })

/** Bytes of the activations that the forward pass leaves for the backward pass. */
function keptBytes({ nodes, gradients }: Graph): number {
  const kept = new Set<Value>()
  for (const { inputs, outputs } of nodes) {
    if (![...inputs, ...outputs].some((value) => gradients.has(value))) continue
    for (const value of inputs)
      if (value.shape && value.storage.kind === 'temporary' && !gradients.has(value)) kept.add(value)
  }
  return [...kept].reduce((sum, { elements }) => sum + 4 * elements, 0)
}

const memoryOf = () =>
  activationStorages.flatMap((activations) =>
    [false, true].map((recompute) => {
      const graph = differentiateForPlan(stepModel(), { batch, recompute, activations })
      const { temporaryBytes } = planGraph(graph, anywhere, gpu.maxBinding, 1, gpu.variants)
      return { activations, recompute, keptBytes: recompute ? null : keptBytes(graph), temporaryBytes }
    }),
  )

async function stepJob(activations: ActivationStorage) {
  const model = stepModel()
  await model.memory.initialize([1, 0])
  const program = await model.compileTraining({
    batch,
    optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0, nesterov: false },
    labelSmoothing: 0,
    maxNorm: null,
    recompute: false,
    dropPathSeed: null,
    activations,
  })
  const { input, labels } = data()
  program.write('input', input)
  program.write('labels', labels)
  program.write('metrics', new Float32Array(4))
  program.setStep('optimizer', [0, 1, 1, 0])
  return newJob(activations, () => program.run())
}

/** Milliseconds of a step. */
async function timesOf() {
  const jobs = [await stepJob('f32'), await stepJob('f16')]
  await timeInTurns(gpu, jobs, 7, 1)
  return Object.fromEntries(jobs.map(({ name, times }) => [name, spread(times)]))
}

async function accuracyOf(activations: ActivationStorage, seed: number) {
  const settings = resolveSettings('quick', {
    dataset: 'digits',
    seed,
    network: { width: 16, timeSteps: 4 },
    training: { epochs: Number(values.epochs), batch: 50, statistics: 'pooled', activations },
  })
  const dataset = await loadDataset('digits', { seed })
  const shape = dataShape(dataset, settings.network, true)
  const model = namedNetwork(gpu, 'conv-lif', settings.network.width, shape, 'pooled')
  try {
    const { curves } = await trainNetwork(model, dataset, { ...settings.training, maxSamples: undefined }, shape, seed)
    const { accuracy } = await evaluateNetwork(model, dataset.test, shape)
    return { activations, seed, loss: curves.at(-1)?.loss ?? Number.NaN, accuracy }
  } finally {
    model.release()
  }
}

async function digitsOf() {
  const trained: Awaited<ReturnType<typeof accuracyOf>>[] = []
  for (const seed of [1, 2, 3])
    for (const activations of activationStorages) trained.push(await accuracyOf(activations, seed))
  return trained
}

const parts = { memory: memoryOf, time: timesOf, digits: digitsOf }
const result: Record<string, unknown> = {}
for (const [name, part] of Object.entries(parts)) {
  if (!wanted(name)) continue
  const found = await part()
  console.table(found)
  result[name] = found
}
console.log(saveResult(gpu, 'activations', { ...earlierResult(gpu, 'activations'), ...result }))
await gpu.close()
