/** Everything a network is put together from. */
export * from './compartments.js'
export * from './competition.js'
export * from './delays.js'
export * from './encoders.js'
export * from './layers.js'
export { type Mask, smallWorld, sparse } from './masks.js'
export * from './neurons.js'
export * from './norm-folding.js'
export * from './normalization.js'
export * from './pooling.js'
export * as presets from './presets.js'
export * from './recurrence.js'
export * from './reservoir.js'
export * from './residual.js'
export {
  type ConvolutionOptions,
  conv1d,
  conv2d,
  convTranspose2d,
  depthwiseConv2d,
  linear,
  locallyConnected2d,
  type Sides,
  type TransposedConvolutionOptions,
} from './synapses.js'
export * from './volumes.js'
