/**
 * What it takes to check a spiking network or a kernel: float64 oracles, property-test inputs, comparison of numbers,
 * spikes and gradients.
 */
export * from './arbitraries.js'
export * from './gradient.js'
export * from './oracle/index.js'
export * from './reference-network.js'
export * from './tolerance.js'
