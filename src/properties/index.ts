/**
 * `neuromotif/testing`: what it takes to check a spiking network or a kernel. Float64 oracles, property-test inputs
 * (tensors, spike trains, shapes, event streams), comparison of numbers, spikes and gradients, and properties of kernels
 * on a GPU, the engine's and one's own.
 */
export * from '../testing/index.js'
export * from './check.js'
export * from './event-streams.js'
export * from './gradient-property.js'
export {
  type DrawnNumbers,
  type InputSpec,
  type KernelCase,
  type KernelOracle,
  type KernelPropertyOptions,
  kernelProperty,
  type OracleContext,
  type OutputSpec,
} from './kernel-property.js'
export * from './property.js'
export { gpuProperties } from './table.js'
