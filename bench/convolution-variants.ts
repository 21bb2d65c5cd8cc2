/**
 * All kernels for each job of a convolution (forward, gradient by the input, gradient by the weights; of spikes and of
 * numbers) in turns, in dense-equivalent GFLOP/s: which variant leads on this adapter, and whether it is the default.
 * Run: node --import tsx bench/convolution-variants.ts [shape ...] [--rounds n] [--save], a shape being channels x side x
 * kernel, such as 32x16x3.
 */
import { parseArgs } from 'node:util'
import { convolutionCase } from '../src/experiment/tuning/cases.js'
import { relativeDifference, timeVariants } from '../src/experiment/tuning/measure.js'
import { openGpu } from '../src/index.js'
import { type Spread, saveResult, spread } from './harness.js'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '9' }, save: { type: 'boolean', default: false } },
})
const usual = ['16x32x3', '32x16x3', '64x16x3', '128x8x3', '64x8x1', '32x16x5']
const shapes = (positionals.length > 0 ? positionals : usual).map((text) => {
  const [channels = 0, side = 0, kernel = 0] = text.split('x').map(Number)
  return { channels, side, kernel }
})

interface Row {
  readonly job: string
  readonly channels: number
  readonly side: number
  readonly kernel: number
  readonly images: number
  readonly variant: string
  /** The first guess for this device. */
  readonly isDefault: boolean
  readonly gigaflopsPerSecond: Spread
  /** From the reference variant, as a share of its largest number. */
  readonly difference: number
}

const gpu = await openGpu()
console.log(`${gpu.name}${gpu.facts.software ? ', a software driver' : ''}`)
const rows: Row[] = []
for (const { channels, side, kernel } of shapes)
  for (const spikes of [true, false]) {
    const { one, images, release } = convolutionCase(gpu, { channels, side, kernel, spikes })
    const flops = 2 * images * side * side * channels * channels * kernel * kernel
    const { seen, runners } = await timeVariants(gpu, one, { rounds: Number(values.rounds), hopeless: true })
    release()
    for (const [job, { candidates }] of seen) {
      // the gradient by the input does not depend on what the input was
      if (spikes && job === 'convolution input gradient') continue
      const reference = runners[0]?.results.get(job) ?? new Float32Array()
      const ofJob = candidates.map((variant): Row => {
        const its = runners.filter(({ choices }) => choices[job] === variant)
        const rates = its.flatMap(({ times }) => times.get(job) ?? []).map((milliseconds) => flops / milliseconds / 1e6)
        const difference = Math.max(
          ...its.map(({ results }) => relativeDifference(results.get(job) ?? new Float32Array(), reference)),
        )
        const isDefault = variant === candidates[0]
        return {
          job,
          channels,
          side,
          kernel,
          images,
          variant,
          isDefault,
          gigaflopsPerSecond: spread(rates),
          difference,
        }
      })
      rows.push(...ofJob)
      const best = Math.max(...ofJob.map((row) => row.gigaflopsPerSecond.median))
      for (const { variant, isDefault, gigaflopsPerSecond: rate } of ofJob) {
        const marks = [isDefault ? 'default' : '', rate.median === best ? 'fastest' : ''].filter(Boolean).join(', ')
        const figures = `${rate.median.toFixed(1)} (${rate.low.toFixed(1)}..${rate.high.toFixed(1)})`
        console.log(
          `${job}, ${channels} channels, ${side}x${side}, ${kernel}x${kernel}, ${variant}: ${figures} ${marks}`,
        )
      }
    }
  }
const apart = rows.filter(({ difference }) => !(difference <= 1e-4))
for (const { job, variant, channels, side, kernel, difference } of apart)
  console.log(`${job} by ${variant} at ${channels}x${side}x${kernel} differs from the reference by ${difference}`)
if (values.save) console.log(saveResult(gpu, 'convolution-variants', rows))
await gpu.close()
process.exit(apart.length > 0 ? 1 : 0)
