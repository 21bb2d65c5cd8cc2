/** One short name for all built-in kernels: changes when any of them changes, and with it the cache keys of scores. */
import { kernelSources } from './kernels.gen.js'
import { hashText } from './philox.js'

/** Included by name: what the scored networks do not use is left out. */
const unusedFamilies = ['lib/neuron/', 'lib/surrogate/']
const scoredNeuron = 'lib/neuron/lif'

/** Kernels that only training runs do not change a fitness and are left out. */
const fitnessFamilies = [
  'convolution/dense_forward',
  'convolution/spike_forward',
  'dissimilarity/',
  'elementwise/combine',
  'elementwise/concatenate',
  'lib/',
  'neuron/forward',
  'normalization/statistics',
  'pooling/',
  'random/uniform',
]

export const kernelVersion: string = Object.entries(kernelSources)
  .filter(([name]) => fitnessFamilies.some((family) => name.startsWith(family)))
  .filter(([name]) => name === scoredNeuron || !unusedFamilies.some((family) => name.startsWith(family)))
  .reduce((hash, [name, { sha256 }]) => hashText(`${name}:${sha256}`, hash), 0x811c9dc5)
  .toString(16)
  .padStart(8, '0')

/** The same over every kernel there is: what was measured with one set of kernels says nothing about another. */
export const allKernelsVersion: string = Object.entries(kernelSources)
  .reduce((hash, [name, { sha256 }]) => hashText(`${name}:${sha256}`, hash), 0x811c9dc5)
  .toString(16)
  .padStart(8, '0')
