import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decode } from '../../src/nas/decode.js'
import type { ArchitectureSpec, SearchSpace } from '../../src/nas/types.js'
import { expectClose } from '../../src/testing/tolerance.js'
import {
  drawArchitectures,
  drawBatch,
  eventSpace,
  measure,
  smallSpace,
  traceNetwork,
} from '../support/architectures.js'
import { testGpu } from '../support/gpu.js'
import { genomes, uniformGenome } from './sample-genomes.js'

const spaces: readonly [string, SearchSpace][] = [
  ['images, clean', smallSpace],
  ['images, reference', { ...smallSpace, semantics: 'reference', width: 6 }],
  ['events, clean', eventSpace],
  ['events, reference', { ...eventSpace, semantics: 'reference' }],
]

type Measurement = Awaited<ReturnType<typeof measure>>

const total = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0)

/** Spikes of one population over all samples and steps. */
const onesOf = (measured: Measurement, record: number): number =>
  total(measured.records[record]?.steps.map(({ ones }) => total(ones)) ?? [Number.NaN])

/** How many populations fire in each way, by size and by spikes of every sample at every step. */
function populationsOf({ records, silent }: Measurement): Map<string, number> {
  const counts = new Map<string, number>()
  const add = (key: string, count: number) => counts.set(key, (counts.get(key) ?? 0) + count)
  for (const { steps } of records) {
    const neurons = steps[0]?.neurons
    const fires = steps.some(({ ones }) => total(ones) > 0)
    const key = fires ? steps.map(({ shared }) => Array.from(shared ?? []).join()).join('|') : 'never fires'
    add(`${neurons} neurons: ${key}`, steps[0]?.multiplicity ?? 0)
  }
  for (const { neurons, count } of silent) add(`${neurons} neurons: never fires`, count)
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

describe.each(spaces)('the traced network of %s', (_title, space) => {
  it('declares the weights, fires the populations and does the work that the decoder counted', async () => {
    const gpu = await testGpu()
    const seen = new Set<number>()
    fc.assert(
      fc.property(genomes(6), (genome) => {
        const spec = decode(genome, space)
        seen.add(spec.cellType)
        for (const skipSilent of [false, true]) {
          const { model, traced, silent } = traceNetwork(gpu, spec, { skipSilent, batch: 4, timeSteps: 2 })
          const populations = traced.records.reduce((sum, { multiplicity }) => sum + multiplicity, 0)
          const left = silent.reduce((sum, { count }) => sum + count, 0)
          expect(populations + left).toBe(spec.lifPopulations)
          const macs = traced.convolutions.reduce((sum, convolution) => sum + convolution.macs, 0)
          if (skipSilent) {
            expect(model.parameters.count).toBeLessThanOrEqual(spec.parameters)
            expect(macs).toBeLessThanOrEqual(spec.macsPerStep)
          } else {
            expect(left).toBe(0)
            expect(model.parameters.count).toBe(spec.parameters)
            expect(macs).toBe(spec.macsPerStep)
          }
        }
      }),
      { seed: 21, numRuns: 40 },
    )
    expect([...seen].sort()).toEqual([2, 3, 4])
  })

  it('has the same indicators whether populations that cannot fire are run or left out', async () => {
    const gpu = await testGpu()
    const architectures: ArchitectureSpec[] = [
      ...drawArchitectures(3, space),
      // feed-forward and mutual inhibition have nodes that only inhibition feeds
      ...[uniformGenome(3, 2), uniformGenome(4, 5)].map((genome) => decode(genome, space)),
    ]
    let leftOut = 0
    for (const spec of architectures) {
      const batch = drawBatch(space, 4, 2)
      const all = await measure(gpu, spec, batch, { skipSilent: false, timeSteps: 2 })
      const live = await measure(gpu, spec, batch, { skipSilent: true, timeSteps: 2 })
      leftOut += total(live.silent.map(({ count }) => count))
      const names = Object.keys(all.indicators)
      expect(names.length).toBe(12)
      const values = (measured: typeof all) => names.map((name) => measured.indicators[name] ?? Number.NaN)
      // sums of doubles in another order; NaN and infinities must agree as they are
      const finite = (list: number[]) => list.map((value) => (Number.isFinite(value) ? value : 0))
      expect(
        values(live)
          .map(String)
          .filter((text) => /NaN|Inf/.test(text)),
      ).toEqual(
        values(all)
          .map(String)
          .filter((text) => /NaN|Inf/.test(text)),
      )
      expectClose(finite(values(live)), finite(values(all)), { absolute: 1e-9, relative: 1e-9 })
      // population by population: what was left out did not fire when it was run, all others fired as before
      expect(populationsOf(live)).toEqual(populationsOf(all))
    }
    expect(leftOut).toBeGreaterThan(4)
  })
})

describe('layer by layer', () => {
  it.each(spaces)('has at its first step the spikes of a run of one step: %s', async (_title, space) => {
    const gpu = await testGpu()
    for (const spec of drawArchitectures(3, space, 50)) {
      const frames = drawBatch(space, 4, 3)
      const first = { ...frames, input: frames.input.slice(0, frames.input.length / frames.timeSteps), timeSteps: 1 }
      const three = await measure(gpu, spec, frames, { skipSilent: true, timeSteps: 3 })
      const one = await measure(gpu, spec, first, { skipSilent: true, timeSteps: 1 })
      expect(three.records.map(({ path, steps }) => [path, steps[0]])).toEqual(
        one.records.map(({ path, steps }) => [path, steps[0]]),
      )
      expect(one.records.some((_, index) => onesOf(one, index) > 0)).toBe(true)
    }
  })
})
