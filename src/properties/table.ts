/** Every property of the engine's kernels: what `check` runs on a user's adapter, and our own tests on ours. */

import { averageProperties } from './families/averages.js'
import { dissimilarityProperties } from './families/dissimilarities.js'
import { encoderProperties } from './families/encoders.js'
import { eventProperties } from './families/events.js'
import { finiteCheckProperties } from './families/finite-check.js'
import { halfProperties } from './families/halves.js'
import { layoutProperties } from './families/layout.js'
import { madeWeightProperties } from './families/made-weights.js'
import { matrixProperties } from './families/matrices.js'
import { neuronLibraryProperties } from './families/neuron-library.js'
import { neuronProperties } from './families/neurons.js'
import { nodeProperties } from './families/nodes.js'
import { parallelNeuronProperties } from './families/parallel-neurons.js'
import { profilingProperties } from './families/profiling.js'
import { rateAndRankProperties } from './families/rate-and-rank.js'
import { surrogateProperties } from './families/surrogates.js'
import { synapseProperties } from './families/synapses.js'
import { temporalNormProperties } from './families/temporal-norms.js'
import { timeProperties } from './families/time.js'
import { trainingProperties } from './families/training.js'
import { windowProperties } from './families/windows.js'
import type { GpuProperty } from './property.js'

/** A new op adds its family here. */
export const gpuProperties: readonly GpuProperty[] = [
  ...synapseProperties,
  ...matrixProperties,
  ...neuronProperties,
  ...neuronLibraryProperties,
  ...parallelNeuronProperties,
  ...surrogateProperties,
  ...nodeProperties,
  ...averageProperties,
  ...windowProperties,
  ...layoutProperties,
  ...timeProperties,
  ...temporalNormProperties,
  ...trainingProperties,
  ...dissimilarityProperties,
  ...encoderProperties,
  ...rateAndRankProperties,
  ...madeWeightProperties,
  ...eventProperties,
  ...finiteCheckProperties,
  ...halfProperties,
  ...profilingProperties,
]
