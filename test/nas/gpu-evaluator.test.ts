import { describe, expect, it } from 'vitest'
import { Program } from '../../src/graph/program.js'
import { decode } from '../../src/nas/decode.js'
import { activeGenes } from '../../src/nas/genome.js'
import { type FitnessOptions, GpuEvaluator } from '../../src/nas/gpu-evaluator.js'
import { type ArchitectureSpec, type GenomeOutcome, indicatorNames, type SearchSpace } from '../../src/nas/types.js'
import {
  drawArchitectures,
  drawBatch,
  drawGenome,
  eventSpace,
  measure,
  smallSpace,
  traceNetwork,
} from '../support/architectures.js'
import { testGpu } from '../support/gpu.js'

const timeSteps = 2

async function evaluator(space: SearchSpace, changes: Partial<FitnessOptions> = {}): Promise<GpuEvaluator> {
  return new GpuEvaluator(await testGpu(), {
    timeSteps,
    batches: [drawBatch(space, 4, timeSteps)],
    indicators: indicatorNames,
    seed: 1,
    weightSeeds: 1,
    dataFingerprint: 'drawn',
    kernelVersion: 'tested',
    ...changes,
  })
}

const scored = (outcome: GenomeOutcome) => {
  if (outcome.status !== 'scored') throw new Error(`not scored: ${outcome.reason}`)
  return outcome
}

describe.each([
  ['images', smallSpace],
  ['events', eventSpace],
] as const)('the fitness on a GPU, %s', (_title, space) => {
  const [spec] = drawArchitectures(1, space, 7) as [ArchitectureSpec]

  it('is repeatable bit for bit, and another weight seed gives another score', async () => {
    const first = scored(await (await evaluator(space)).evaluate(spec))
    const one = await evaluator(space)
    expect(await one.evaluate(spec)).toEqual(first)
    // another network in between must not matter
    await one.evaluate((drawArchitectures(1, space, 8) as [ArchitectureSpec])[0])
    expect(await one.evaluate(spec)).toEqual(first)
    const other = scored(await (await evaluator(space, { seed: 2 })).evaluate(spec))
    expect(other.indicators).not.toEqual(first.indicators)
    expect(other.parameters).toBe(first.parameters)
  })

  it('is that of the counts it stands on', async () => {
    const outcome = scored(await (await evaluator(space)).evaluate(spec))
    const batch = drawBatch(space, 4, timeSteps)
    const { indicators } = await measure(await testGpu(), spec, batch, { skipSilent: true, timeSteps })
    for (const name of indicatorNames) {
      const expected = indicators[name] ?? Number.NaN
      expect(outcome.indicators[name]?.mean, name).toBe(Number.isFinite(expected) ? expected : null)
    }
    expect(outcome.lifPopulations).toBe(spec.lifPopulations)
    expect(outcome.firingRate).toBeGreaterThan(0)
    expect(outcome.firingRate).toBeLessThan(1)
    expect(outcome.synapticOperations).toBeLessThanOrEqual(spec.macsPerStep * timeSteps)
  })

  it('does not look at inactive genes', async () => {
    const genome = drawGenome(9, 3)
    const active = new Set(activeGenes(genome, space))
    const changed = genome.map((gene, position) => {
      if (active.has(position)) return gene
      return position % 20 === 0 ? (gene % 5) + 1 : 1 - Math.min(gene, 1)
    })
    expect(changed).not.toEqual(genome)
    const one = await evaluator(space)
    const original = await one.evaluate(decode(genome, space))
    expect(await one.evaluate(decode(changed, space))).toEqual(original)
    const position = [...active][1] as number
    const moved = genome.map((gene, k) => (k === position ? 1 - gene : gene))
    expect(scored(await one.evaluate(decode(moved, space))).indicators).not.toEqual(scored(original).indicators)
  })
})

it('averages over weight seeds and batches, with a standard error', async () => {
  const [spec] = drawArchitectures(1, smallSpace, 7) as [ArchitectureSpec]
  const batches = [drawBatch(smallSpace, 4, timeSteps, 0), drawBatch(smallSpace, 4, timeSteps, 1)]
  const both = scored(await (await evaluator(smallSpace, { batches, weightSeeds: 2 })).evaluate(spec))
  const single = async (seedRepeat: number, batch: number) => {
    const one = await evaluator(smallSpace, { batches: batches.slice(batch, batch + 1), weightSeeds: seedRepeat })
    return scored(await one.evaluate(spec)).indicators.hammingMean?.mean ?? Number.NaN
  }
  // with the same number of weight seeds on each batch alone, the mean of means is the mean of all
  const expected = ((await single(2, 0)) + (await single(2, 1))) / 2
  expect(both.indicators.hammingMean?.mean).toBeCloseTo(expected, 12)
  expect(both.indicators.hammingMean?.standardError).toBeGreaterThan(0)
  const first = scored(await (await evaluator(smallSpace)).evaluate(spec))
  expect(first.indicators.hammingMean?.standardError).toBeNull()
})

it('says what failed instead of giving a number: a network that never fires', async () => {
  const dark = drawBatch(smallSpace, 4, timeSteps)
  const black = { ...dark, input: new Float32Array(dark.input.length) }
  const [spec] = drawArchitectures(1, smallSpace, 7) as [ArchitectureSpec]
  const outcome = await (await evaluator(smallSpace, { batches: [black] })).evaluate(spec)
  expect(outcome).toMatchObject({ status: 'failed', kind: 'silent' })
})

describe('a search of many architectures', () => {
  const tiny: SearchSpace = { ...smallSpace, side: 8 }

  it('stops allocating memory and compiling kernels after its first ones', async () => {
    const gpu = await testGpu()
    const one = await evaluator(tiny, { batches: [drawBatch(tiny, 2, timeSteps)] })
    // the largest come first: a later, larger network may rightly need more
    const architectures = drawArchitectures(60, tiny, 100).sort((a, b) => b.macsPerStep - a.macsPerStep)
    const allocated: number[] = []
    const pipelines: number[] = []
    for (const spec of architectures) {
      await one.evaluate(spec)
      allocated.push(gpu.buffers.counters.allocatedBytes)
      pipelines.push(gpu.pipelines.count)
    }
    expect(allocated[59]).toBeLessThanOrEqual((allocated[19] ?? 0) * 1.1)
    expect(pipelines[59]).toBe(pipelines[29])
  })

  it('gives back everything: a thousand programs compiled and released', async () => {
    const gpu = await testGpu()
    const { usedBytes } = gpu.buffers.counters
    gpu.buffers.trim()
    const allocated: number[] = []
    for (const spec of drawArchitectures(1000, tiny, 1000)) {
      const { model, traced } = traceNetwork(gpu, spec, { skipSilent: true, batch: 2, timeSteps })
      const program = await Program.compile(gpu, traced.graph, model.memory, { name: 'released' })
      program.release()
      model.release()
      allocated.push(gpu.buffers.counters.allocatedBytes)
    }
    expect(gpu.buffers.counters.usedBytes).toBe(usedBytes)
    expect(allocated[999]).toBeLessThanOrEqual((allocated[499] ?? 0) * 1.1)
  })
})

it('with currents in f16 scores nearly the same, under a cache key of its own', async () => {
  const [spec] = drawArchitectures(1, smallSpace, 7) as [ArchitectureSpec]
  const [plain, half] = [await evaluator(smallSpace), await evaluator(smallSpace, { activations: 'f16' })]
  expect(half.identity).toEqual({ ...plain.identity, activations: 'f16' })
  const [expected, found] = [scored(await plain.evaluate(spec)), scored(await half.evaluate(spec))]
  expect(found.firingRate / expected.firingRate).toBeCloseTo(1, 2)
})
