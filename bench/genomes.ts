/** Random genomes and data of the search's size, for the benchmarks. */
import { fixedBatch } from '../src/index.js'
import { decode } from '../src/nas/decode.js'
import { geneBounds } from '../src/nas/genome.js'
import { uniformGenome } from '../src/nas/operators.js'
import type { ArchitectureSpec, SearchSpace } from '../src/nas/types.js'
import { deriveSeed, RandomSequence, RandomStream } from '../src/runtime/philox.js'

/** The size the method is usually timed at. */
export const baselineSpace = {
  semantics: 'clean',
  cells: 6,
  width: 16,
  side: 32,
  inputChannels: 3,
  classes: 10,
  event: false,
} as const satisfies SearchSpace

/** Random architectures of a space, cell types 2, 3, 4 in turn; the same ones every time. */
export function* randomArchitectures(space: SearchSpace): Generator<ArchitectureSpec, never> {
  const ranges = geneBounds(space.cells).map(({ low, high }) => ({ lower: low, upper: high }))
  const draw = new RandomSequence(deriveSeed(1, 'benchmark'), RandomStream.evolution)
  for (let index = 0; ; index++) {
    const genome = uniformGenome(ranges, draw)
    genome[genome.length - 1] = 2 + (index % 3)
    yield decode(genome, space)
  }
}

/** Smooth random colour images stand in for photographs: neighbouring pixels are alike, samples differ. */
export function imageBatch({ side, inputChannels }: SearchSpace, count: number) {
  const random = new RandomSequence([1, 0], RandomStream.syntheticData)
  const pixels = new Uint8Array(count * side * side * inputChannels)
  for (let n = 0; n < count; n++) {
    const waves = Array.from(
      { length: 3 * inputChannels },
      () => [random.next() * 0.6, random.next() * 0.6, random.next() * 6.28] as const,
    )
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++)
        for (let c = 0; c < inputChannels; c++) {
          let value = 0
          for (let k = 0; k < 3; k++) {
            const [fx, fy, phase] = waves[c * 3 + k] ?? [0, 0, 0]
            value += Math.sin(fx * x + fy * y + phase)
          }
          pixels[((n * side + y) * side + x) * inputChannels + c] = Math.round(127.5 + 42 * value)
        }
  }
  const split = {
    kind: 'image',
    count,
    height: side,
    width: side,
    channels: inputChannels,
    pixels,
    labels: new Uint8Array(count),
  } as const
  const [mean, deviation] = [new Array(inputChannels).fill(0.5), new Array(inputChannels).fill(0.25)]
  return fixedBatch(split, { mean, deviation, batch: count, seed: 1, index: 0 })
}
