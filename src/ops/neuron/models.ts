/** Every neuron of the library (sheet 12, section 3.2). */
export * from './models/adaptive.js'
export * from './models/compartments.js'
export * from './models/current.js'
export * from './models/detailed.js'
export * from './models/lif.js'
