/**
 * What temporal batch norms do for a deep network with small weights (sheet 16, section 7): four hidden layers of 96 LIF
 * neurons (leak 0.95, threshold 1), signed Poisson input, T = 8, SGD 0.1 with momentum 0.9, batch 65, hidden weights a
 * tenth of Xavier's with gain 2. Without a norm against bn, BNTT, tdBN and TEBN, on the shipped digits for 6 epochs, or on
 * Fashion-MNIST for 3; then, of the BNTT network, steps and accuracy of an early exit. Results are added to those of today.
 * Run: flock /path/to/lock nice node --import tsx bench/temporal-norms.ts [folder of Fashion-MNIST, or -] [one norm]
 */
import { loadavg } from 'node:os'
import { loadDataset } from '../src/datasets/load.js'
import type { Dataset } from '../src/datasets/types.js'
import { earlyExit } from '../src/learning/early-exit.js'
import { evaluate } from '../src/learning/evaluation.js'
import { train } from '../src/learning/trainer.js'
import * as nn from '../src/nn/index.js'
import { weightSeed } from '../src/nn/memory.js'
import { Model } from '../src/nn/model.js'
import { openGpu } from '../src/runtime/gpu.js'
import { earlierResult, saveResult } from './harness.js'

const [from = '-', only] = process.argv.slice(2)
const seed = 1
const timeSteps = 8
const width = 96

const norms: Readonly<Record<string, () => nn.Layer>> = {
  none: nn.identity,
  bn: nn.batchNorm,
  bntt: nn.bntt,
  tdbn: nn.tdbn,
  tebn: nn.tebn,
}

const gpu = await openGpu()

/** Uniform ±gain √(6/(fan in + fan out)), in hidden layers a tenth of it. */
async function initialise(model: Model): Promise<void> {
  await model.memory.initialize(weightSeed(seed, 'temporal norms'))
  const weights = await model.memory.read('weights')
  for (const { path, shape, offset, elements } of model.parameters) {
    if (!path.endsWith('.weight')) continue
    const [inputs = 1, outputs = 1] = shape.slice(-2)
    const wanted = 2 * Math.sqrt(6 / (inputs + outputs)) * (outputs === width ? 0.1 : 1)
    const drawn = 1 / Math.sqrt(inputs)
    for (let i = offset; i < offset + elements; i++) weights[i] = ((weights[i] ?? 0) * wanted) / drawn
  }
  model.memory.write('weights', weights)
}

async function run(data: Dataset, norm: string, epochs: number) {
  const hidden = Array.from({ length: 4 }, () => [
    nn.linear(width, { bias: false }),
    norms[norm]?.() ?? nn.identity(),
    nn.presets.bntt.lif({ leak: 0.95 }),
  ])
  const { height, width: side, channels } = data.train
  const model = new Model(gpu, {
    layer: nn.sequential(nn.signedRateEncode(), nn.flatten(), ...hidden.flat(), nn.linear(10, { bias: false })),
    input: { height, width: side, channels, perStep: false },
    classes: 10,
    timeSteps,
    statistics: 'pooled',
    architecture: `4x96 ${norm}`,
  })
  await initialise(model)
  const layout = { mean: data.mean, deviation: data.deviation }
  const options = { batch: 500, layout }
  const before = await evaluate(model, data.test, { ...options, limit: 500, spikes: true })
  const result = await train(model, data, {
    epochs,
    batch: 65,
    seed,
    optimizer: { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4, nesterov: false },
    schedule: { kind: 'constant', learningRate: 0.1, finalRate: 0.1, warmup: 0, warmupRate: 0.1 },
    labelSmoothing: 0,
    dropPath: 0,
    maxNorm: null,
    recompute: false,
    layout,
  })
  const after = await evaluate(model, data.test, { ...options, spikes: true })
  const exits = []
  for (const threshold of norm === 'bntt' ? [0.1, 0.2, 0.4, 0.8, 1] : []) {
    const { steps, means } = await earlyExit(model, threshold)
    const { accuracy } = await evaluate(model, data.test, { ...options, steps })
    exits.push({ threshold, steps, accuracy, ...(threshold === 0.1 && { means }) })
  }
  // whatever the gammas say: what fewer steps cost
  const bySteps = []
  if (norm === 'bntt')
    for (let steps = 1; steps <= timeSteps; steps++)
      bySteps.push((await evaluate(model, data.test, { ...options, steps })).accuracy)
  model.release()
  const rates = (evaluation: typeof after) => evaluation.rates.map(({ rate }) => Number(rate.toFixed(4)))
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  console.log(
    `${data.name} ${norm}: ${percent(after.accuracy)}, ${result.seconds.toFixed(0)} s; rates before ${rates(before)}, after ${rates(after)}; load ${loadavg()[0]?.toFixed(1)}`,
  )
  for (const { threshold, steps, accuracy } of exits)
    console.log(`  exit ${threshold}: ${steps} steps, ${percent(accuracy)}`)
  if (bySteps.length > 0) console.log(`  by steps: ${bySteps.map(percent).join(', ')}`)
  return {
    accuracy: after.accuracy,
    loss: after.loss,
    ratesBefore: rates(before),
    rates: rates(after),
    seconds: result.seconds,
    samples: result.samples,
    ...(exits.length > 0 && { exits, bySteps }),
  }
}

type Results = Record<string, Record<string, Awaited<ReturnType<typeof run>>>>
const [data, epochs] =
  from === '-' ? [await loadDataset('digits', { seed }), 6] : [await loadDataset('fashion-mnist', { from, seed }), 3]
const results: Results = earlierResult<{ results: Results }>(gpu, 'temporal-norms').results ?? {}
for (const norm of only ? [only] : Object.keys(norms))
  results[data.name] = { ...results[data.name], [norm]: await run(data, norm, epochs) }
console.log(saveResult(gpu, 'temporal-norms', { timeSteps, width, seed, results }))
await gpu.close()
