/** Convolutions that are small enough for the interpreter: their tiles are mostly empty, their loops run a few times. */
import { convolutionForward } from '../../src/testing/oracle/convolution.js'

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
  width: 4,
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
/** Of the output: one row of two. */
const pixels = 2

/** Multiples of 1/4, of which no sum rounds. */
const numbers = (count: number, factor: number) =>
  Float64Array.from({ length: count }, (_, i) => ((i * factor) % 11) / 4 - 1)

const weights = numbers(9 * inputChannels * outputChannels, 7)
const real = numbers(images * neurons, 5)
/** 48 bits of an image. No word has its highest bit, which the interpreter takes for a sign. */
const wordsPerImage = 2
const spikes = Uint32Array.of(0x00a5_31c2, 0x0000_8f10, 0x4120_0e07, 0x0000_0000)
const spikeValues = Float64Array.from({ length: images * neurons }, (_, i) => {
  const [image, bit] = [Math.floor(i / neurons), i % neurons]
  return ((spikes[image * wordsPerImage + Math.floor(bit / 32)] ?? 0) >>> (bit % 32)) & 1
})

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
