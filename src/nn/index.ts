/** Everything a network is put together from. */
export * from './delays.js'
export * from './encoders.js'
export * from './layers.js'
export * from './norm-folding.js'
export * from './normalization.js'
export * from './pooling.js'
export * from './residual.js'
export * from './synapses.js'
