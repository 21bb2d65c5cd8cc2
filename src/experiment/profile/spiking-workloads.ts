/** Workloads of encoders, neurons other than LIF, and what stands along time and between spikes. */
import { traceAffineTable } from '../../ops/affine-table.js'
import { traceBatchNorm } from '../../ops/batch-norm.js'
import { traceCombine } from '../../ops/combine.js'
import { traceDelay } from '../../ops/delay.js'
import { traceColumnCounts, traceDissimilarity, traceSimilaritySums } from '../../ops/dissimilarity-matrix.js'
import { traceClosedFormEncode, traceWeighSpikes } from '../../ops/encode.js'
import { traceSendOnDelta } from '../../ops/encode-delta.js'
import { tracePopulation } from '../../ops/encode-population.js'
import { traceRankOrderEncode } from '../../ops/encode-rank.js'
import { traceRateEncode } from '../../ops/encode-rate.js'
import { traceLateralInhibition } from '../../ops/lateral-inhibition.js'
import { traceDepthWeights, traceMask } from '../../ops/made-weights.js'
import { traceMatrixProduct } from '../../ops/matrix-product.js'
import { traceFiniteCheck } from '../../ops/neuron/finite-check.js'
import { plif } from '../../ops/neuron/models.js'
import { traceNeurons } from '../../ops/neuron/neuron.js'
import { resolvePsn, tracePsn } from '../../ops/neuron/psn.js'
import { resolveNeuron } from '../../ops/neuron/resolve.js'
import { neuronsOf } from '../../ops/op.js'
import { tracePackSpikes } from '../../ops/pack-spikes.js'
import { traceSpikeLogic } from '../../ops/spike-logic.js'
import { plainWindow, traceLinear, traceSynapse } from '../../ops/synapse.js'
import { traceJoinSteps, traceSplitSteps } from '../../ops/time-steps.js'
import { traceWinnerTakeAll } from '../../ops/winner-take-all.js'
import type { Workload } from './workload.js'

const learnedTau = resolveNeuron(plif, {})

export const spikingWorkloads: readonly Workload[] = [
  {
    name: 'rate code',
    trace({ graph, real, shape }) {
      traceRateEncode(graph, real({ constant: true, unit: true }), { timeSteps: shape.steps, seed: [1, 0] })
      return undefined
    },
  },
  {
    name: 'latency code',
    trace({ graph, real, shape }) {
      const code = { code: 'latency', form: 'threshold', normalise: true } as const
      traceClosedFormEncode(graph, real({ constant: true, unit: true }), code, shape.steps)
      return undefined
    },
  },
  {
    name: 'rank-order code',
    trace({ graph, real, shape }) {
      traceRankOrderEncode(graph, real({ constant: true, unit: true }), { timeSteps: shape.steps })
      return undefined
    },
  },
  {
    name: 'phase code with amplitudes',
    trace({ graph, real, shape }) {
      const code = { code: 'phase', bits: 4 } as const
      traceWeighSpikes(graph, traceClosedFormEncode(graph, real({ constant: true, unit: true }), code, shape.steps), 4)
      return undefined
    },
  },
  {
    name: 'send-on-delta',
    trace({ graph, real }) {
      traceSendOnDelta(graph, real())
      return undefined
    },
  },
  {
    name: 'receptive fields',
    trace: ({ graph, real }) => tracePopulation(graph, real(), { fields: 5, low: -1, high: 1 }),
  },
  {
    name: 'PLIF, whose time constant is learned',
    trace: ({ graph, real, weights }) => traceNeurons(graph, real(), learnedTau, { weights: weights(1) }).output,
  },
  {
    name: 'parallel spiking neuron',
    trace: ({ graph, real, shape: { steps }, weights }) =>
      tracePsn(graph, real(), weights(steps * (steps + 1)), resolvePsn()),
  },
  {
    name: 'check of finite numbers',
    trace({ graph, real }) {
      traceFiniteCheck(graph, real())
      return undefined
    },
  },
  {
    name: 'temporal norm with a weight for each step',
    trace({ graph, real, shape, weights, state }) {
      const x = real()
      const { channels, steps } = shape
      const { scale, shift } = traceAffineTable(graph, weights(channels), weights(channels), { weight: weights(steps) })
      const running = state(2 * channels)
      const norm = traceBatchNorm(graph, x, null, {
        gamma: scale,
        beta: shift,
        running,
        mode: 'train',
        statistics: 'pooled',
      })
      return traceCombine(graph, [{ x, norm }])
    },
  },
  {
    name: 'lateral inhibition',
    trace: ({ graph, real, spikes }) => traceLateralInhibition(graph, real(), spikes(), 0.75),
  },
  { name: 'winner take all', trace: ({ graph, real, spikes }) => traceWinnerTakeAll(graph, spikes(), real()) },
  { name: 'logic of spikes', trace: ({ graph, spikes }) => traceSpikeLogic(graph, 'iand', spikes(), spikes()) },
  {
    name: 'masked synapses',
    trace({ graph, spikes, shape, weights, state }) {
      const count = neuronsOf(shape) * shape.outputChannels
      return traceLinear(graph, spikes(), traceMask(graph, weights(count), state(count)), shape.outputChannels)
    },
  },
  {
    name: 'window over depth',
    trace({ graph, spikes, shape, weights }) {
      const { channels, outputChannels } = shape
      const extent = { depth: channels, outputDepth: channels, taps: 3, stride: 1, padding: 1 }
      const flat = { ...extent, positions: 1, channels: 1, outputs: outputChannels }
      const w = traceDepthWeights(graph, weights(3 * outputChannels), flat)
      return traceSynapse(graph, 'convolution', spikes(), w, channels * outputChannels, plainWindow)
    },
  },
  { name: 'delay', trace: ({ graph, real, shape, state }) => traceDelay(graph, real(), state(shape.channels), 3) },
  {
    name: 'time steps cut and joined',
    trace: ({ graph, real }) => traceJoinSteps(graph, traceSplitSteps(graph, real()).reverse()),
  },
  {
    name: 'matrix product',
    trace({ graph, shape, weights }) {
      const [m, n, k] = [shape.steps * shape.batch, shape.outputChannels, neuronsOf(shape)]
      return traceMatrixProduct(graph, weights(m * k), weights(k * n), { m, n, k })
    },
  },
  {
    name: 'dissimilarity of a recording',
    trace({ graph, real }) {
      const x = tracePackSpikes(graph, real())
      traceColumnCounts(graph, x, 'columns')
      traceSimilaritySums(graph, x, 'cosine', 'sums')
      traceDissimilarity(graph, x, 'hamming', 'matrix')
      return undefined
    },
  },
]
