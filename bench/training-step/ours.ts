import { convLif } from '../../src/experiment/named-network.js'
import { Model, openGpu } from '../../src/index.js'
import { data, problem, report, stepCount, weights } from './problem.js'

const start = performance.now()
const gpu = await openGpu()
const { timeSteps, batch, side, classes, widths, learningRate } = problem
const model = new Model(gpu, {
  layer: convLif(widths[0], classes),
  input: { height: side, width: side, channels: 1, perStep: false },
  classes,
  timeSteps,
  statistics: 'pooled',
  architecture: 'training step',
})
const own = weights()
const arena = new Float32Array(model.parameters.arenaElements)
const convolutions = [...own.convolutions]
const [gammas, betas] = [[...own.gammas], [...own.betas]]
for (const entry of model.parameters) {
  const name = entry.path.split('.').pop() ?? ''
  const dense = entry.path.startsWith(`${lastLayer()}.`)
  const values =
    name === 'gamma'
      ? gammas.shift()
      : name === 'beta'
        ? betas.shift()
        : name === 'bias'
          ? own.bias
          : dense
            ? own.linear
            : convolutions.shift()
  if (values?.length !== entry.elements) throw new Error(`${entry.path} takes ${entry.elements} numbers`)
  arena.set(values, entry.offset)
}

function lastLayer(): number {
  return Math.max(...[...model.parameters].map(({ path }) => Number(path.split('.')[0])))
}

await model.memory.initialize([0, 0])
model.memory.write('weights', arena)
const program = await model.compileTraining({
  batch,
  optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0, nesterov: false },
  labelSmoothing: 0,
  maxNorm: null,
  recompute: false,
  dropPathSeed: null,
})
const { input, labels } = data()
program.setStep('optimizer', [learningRate, 1, 1, 0])
const losses: number[] = []
const stepSeconds: number[] = []
let firstStepSeconds = 0
for (let step = 0; step < stepCount(); step++) {
  const began = performance.now()
  program.write('input', input)
  program.write('labels', labels)
  program.write('metrics', new Float32Array(4))
  program.run()
  const metrics = await program.readFloats('metrics')
  const now = performance.now()
  losses.push(metrics[3] ?? Number.NaN)
  if (step === 0) firstStepSeconds = (now - start) / 1000
  else stepSeconds.push((now - began) / 1000)
}
report({ library: 'neuromotif', adapter: gpu.name, losses, firstStepSeconds, stepSeconds })
