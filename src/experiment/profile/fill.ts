/** Something to work on: the same few thousand random numbers over and over, since what they are hardly matters to a profile. */
import { philoxFill, RandomStream, toUnit } from '../../runtime/philox.js'

// prime, so that no two images repeat each other
const period = 4093

/** Numbers in [-1, 1). */
export function randomFloats(count: number): Float32Array {
  const some = Float32Array.from(
    philoxFill([1, 0], RandomStream.syntheticData, 1, 0, period),
    (word) => 2 * toUnit(word) - 1,
  )
  return Float32Array.from({ length: count }, (_, i) => some[i % period] ?? 0)
}

/** Packed spikes of `images` images that fire at a rate; surplus bits of an image are zero. */
export function randomSpikeWords(images: number, neurons: number, rate: number): Uint32Array {
  const draws = philoxFill([1, 0], RandomStream.syntheticData, 2, 0, 32 * period)
  const some = Uint32Array.from({ length: period }, (_, word) => {
    let bits = 0
    for (let bit = 0; bit < 32; bit++) if (toUnit(draws[word * 32 + bit] ?? 0) < rate) bits |= 1 << bit
    return bits >>> 0
  })
  const words = Math.ceil(neurons / 32)
  const surplus = words * 32 - neurons
  const mask = surplus === 0 ? 0xffffffff : 0xffffffff >>> surplus
  return Uint32Array.from({ length: images * words }, (_, i) => {
    const bits = some[i % period] ?? 0
    return (i % words === words - 1 ? bits & mask : bits) >>> 0
  })
}
