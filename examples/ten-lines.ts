// The network of README.md: built, trained and tested on the digits that come with the package.
import {
  dataShape,
  evaluateNetwork,
  loadDataset,
  Model,
  nn,
  openGpu,
  resolveSettings,
  trainNetwork,
} from '../src/index.js'

const gpu = await openGpu()
const digits = await loadDataset('digits')
const settings = resolveSettings('quick', { network: { timeSteps: 4 }, training: { maxSamples: 6400 } })
const shape = dataShape(digits, settings.network)
const block = (channels: number) =>
  nn.sequential(nn.conv2d(channels, { stride: 2 }), nn.batchNorm(), nn.lif({ tau: 2 }))
const layer = nn.sequential(block(8), block(16), nn.flatten(), nn.linear(10))
const model = new Model(gpu, { ...shape, layer, statistics: 'perStep', architecture: 'two blocks' })
await trainNetwork(model, digits, settings.training, shape, 7)
console.log('accuracy', (await evaluateNetwork(model, digits.test, shape)).accuracy)
await gpu.close()
