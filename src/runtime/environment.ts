/** Where the engine runs. */

/** Node, whose WebGPU is Dawn; else a browser. */
export const isNode = typeof process !== 'undefined' && process.versions?.node !== undefined
