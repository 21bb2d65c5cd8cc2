/** Convolutions that are small enough for the interpreter: parts of their tiles are empty, their loops run a few times. */
import { packSpikes } from '../../src/properties/slabbed-io.js'
import { convolutionForward, convolutionWeightGradient } from '../../src/testing/oracle/convolution.js'

/** One dispatch in the interpreter: small numbers, and what the kernel must have written. */
export interface InterpretedRun {
  readonly buffers: readonly (Float32Array | Uint32Array)[]
  readonly parameters: Readonly<Record<string, number>>
  readonly groups: number
  /** Contents of the last buffer after the dispatch. */
  readonly expected: readonly number[]
}

const extent = {
  images: 2,
  height: 3,
  width: 20,
  inputChannels: 4,
  outputChannels: 8,
  kernelHeight: 3,
  kernelWidth: 3,
  stride: 1,
  padding: 0,
  crop: 0,
}
const { images, height, width, inputChannels, outputChannels } = extent
const neurons = height * width * inputChannels
/** Of the output, in one row. All of them make several trips of every loop over pixels. */
const pixels = 18

/** Multiples of 1/4, of which no sum rounds. */
const numbers = (count: number, factor: number) =>
  Float64Array.from({ length: count }, (_, i) => ((i * factor) % 11) / 4 - 1)

const weights = numbers(9 * inputChannels * outputChannels, 7)
const real = numbers(images * neurons, 5)
/**
 * The interpreter takes the highest bit of a word for a sign. No word has it: neither those of spikes, nor those of the
 * 32 pixels that a weight gradient takes at a time, of which the last sees nothing.
 */
const spikeValues = Float64Array.from({ length: images * neurons }, (_, i) => {
  const column = Math.floor((i % neurons) / inputChannels) % width
  const seenByLast = i >= neurons && column >= 31 - pixels && column < 31 - pixels + 3
  return Number((i * 7) % 5 < 2 && (i % neurons) % 32 !== 31 && !seenByLast)
})
const spikes = packSpikes(spikeValues, images)
const wordsPerImage = spikes.length / images

const geometry = {
  invocations: 64,
  inputHeight: height,
  inputWidth: width,
  inputChannels,
  outputHeight: 1,
  outputWidth: pixels,
  outputChannels,
  kernelHeight: 3,
  kernelWidth: 3,
  stride: 1,
  crop: 0,
  padding: 0,
  outputStride: outputChannels,
  outputOffset: 0,
  images,
  columns: 8,
  sumsEach: 8,
}

const output = () => new Float32Array(images * pixels * outputChannels)

export function denseForwardRun(): InterpretedRun {
  const bias = numbers(outputChannels, 3)
  const y = convolutionForward(real, weights, extent)
  return {
    buffers: [Float32Array.from(real), Float32Array.from(weights), Float32Array.from(bias), output()],
    parameters: { ...geometry, inputStride: inputChannels, inputOffset: 0, biased: 1, adding: 0 },
    groups: 1,
    expected: Array.from(y, (value, i) => value + (bias[i % outputChannels] ?? 0)),
  }
}

export function spikeForwardRun(): InterpretedRun {
  return {
    buffers: [spikes.slice(), Float32Array.from(weights), output()],
    parameters: { ...geometry, wordsPerImage, runWords: 1 },
    groups: 1,
    expected: Array.from(convolutionForward(spikeValues, weights, extent)),
  }
}

/** Both images in one chunk; 36 rows of the table, of which a kernel row is 12 bits of a word. */
const chunk = { imagesPerChunk: images, firstChunk: 0, sumsEach: 8 }
const gradient = numbers(images * pixels * outputChannels, 3)
const table = () => new Float32Array(weights.length)

export function denseWeightGradientRun(): InterpretedRun {
  return {
    buffers: [Float32Array.from(real), Float32Array.from(gradient), table()],
    parameters: { ...geometry, ...chunk },
    groups: 1,
    expected: Array.from(convolutionWeightGradient(gradient, real, extent)),
  }
}

export function spikeWeightGradientRun(): InterpretedRun {
  return {
    buffers: [spikes.slice(), Float32Array.from(gradient), table()],
    // three words need two tiles
    parameters: { ...geometry, ...chunk, wordsPerImage, blocks: 1 },
    groups: 2,
    expected: Array.from(convolutionWeightGradient(gradient, spikeValues, extent)),
  }
}
