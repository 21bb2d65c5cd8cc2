/** Neuromotif: evolves and trains spiking neural networks on WebGPU, in Node and in the browser. */
export * from './errors.js'
export * from './runtime/philox.js'
