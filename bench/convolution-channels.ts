/**
 * 3x3 and 5x5 convolution of spikes at 4 to 64 channels: forward, gradient by the input, gradient by the weights, in
 * dense-equivalent GFLOP/s. These figures size the presets.
 * Run: node --import tsx bench/convolution-channels.ts
 */
import { openGpu } from '../src/index.js'
import * as nn from '../src/nn/index.js'
import { Model } from '../src/nn/model.js'
import { mseNasLif } from '../src/ops/lif.js'
import { RandomSequence, RandomStream } from '../src/runtime/philox.js'
import { type Spread, saveResult, spread } from './harness.js'

const gpu = await openGpu()
const repeats = 7
const rows: unknown[] = []
const timed: Record<string, string> = {
  'convolution/spike_forward': 'forward',
  'convolution/input_gradient': 'inputGradient',
  'convolution/input_gradient_rows': 'inputGradient',
  'convolution/spike_weight_gradient': 'weightGradient',
}

for (const [channels, side] of [
  [4, 32],
  [8, 32],
  [16, 32],
  [16, 16],
  [32, 16],
  [64, 8],
  [64, 4],
] as const) {
  for (const kernel of [3, 5]) {
    const batch = Math.max(16, Math.min(256, Math.round(2 ** 21 / (side * side * channels))))
    const model = new Model(gpu, {
      layer: nn.sequential(
        nn.conv2d(channels, { kernel: 1 }),
        nn.batchNorm(),
        nn.lif(mseNasLif),
        nn.conv2d(channels, { kernel }),
        nn.batchNorm(),
        nn.lif(mseNasLif),
        nn.globalAveragePool(),
        nn.linear(10),
      ),
      input: { height: side, width: side, channels: 4, perStep: false },
      classes: 10,
      timeSteps: 2,
      statistics: 'perStep',
      architecture: 'benchmark',
    })
    await model.memory.initialize([1, 0])
    const program = await model.compileTraining({
      batch,
      optimizer: { kind: 'sgd', momentum: 0, weightDecay: 0, nesterov: false },
      labelSmoothing: 0,
      maxNorm: null,
      recompute: false,
      dropPathSeed: null,
    })
    const random = new RandomSequence([2, 0], RandomStream.syntheticData)
    program.write(
      'input',
      Float32Array.from({ length: batch * side * side * 4 }, () => random.next() * 2 - 1),
    )
    program.setStep('optimizer', [1e-6, 1, 1, 0])
    program.run()
    await program.wait()
    const samples = new Map<string, number[]>()
    for (let repeat = 0; repeat < repeats; repeat++) {
      const seen = new Set<string>()
      // the first convolution of spikes in forward order and in backward order is the one under test
      for (const timing of await program.profile()) {
        const name = timed[timing.kernel]
        if (!name || timing.flops < batch * side * side * channels * channels * kernel * kernel * 2 || seen.has(name))
          continue
        seen.add(name)
        const list = samples.get(name) ?? []
        list.push(timing.flops / timing.milliseconds / 1e6)
        samples.set(name, list)
      }
    }
    const figures: Record<string, Spread> = Object.fromEntries(
      [...samples].map(([name, values]) => [name, spread(values)]),
    )
    rows.push({ channels, side, kernel, images: batch * 2, gigaflopsPerSecond: figures })
    console.log(
      `${channels} channels, ${side}x${side}, ${kernel}x${kernel}: ${Object.entries(figures)
        .map(([name, { median, low, high }]) => `${name} ${median.toFixed(1)} (${low.toFixed(1)}..${high.toFixed(1)})`)
        .join(', ')} GFLOP/s`,
    )
    program.release()
    model.release()
  }
}
console.log(saveResult(gpu, 'convolution-channels', rows))
await gpu.close()
process.exit(0)
