import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DeviceLostError, InterruptedError, LedgerError, OptionError } from '../../src/errors.js'
import { exportArchive } from '../../src/nas/archive.js'
import { isScored } from '../../src/nas/individual.js'
import { evaluationIdentity } from '../../src/nas/ledger.js'
import { MemoryLedger } from '../../src/nas/memory-ledger.js'
import { indicatorDirections, objectiveNames } from '../../src/nas/objectives.js'
import { lineage, paretoFront } from '../../src/nas/pareto.js'
import { runSearch, type StrategyResult } from '../../src/nas/search.js'
import type { SearchEvent } from '../../src/nas/search-events.js'
import type { SearchOptions } from '../../src/nas/search-options.js'
import { indicatorNames, type ObjectiveName } from '../../src/nas/types.js'
import { StandInEvaluator, standInSpace } from '../support/stand-in-evaluator.js'

const small = (more: Partial<SearchOptions> = {}): SearchOptions => ({
  space: standInSpace,
  evaluator: new StandInEvaluator(),
  ledger: new MemoryLedger(),
  seed: 5,
  population: 8,
  offspring: 8,
  ...(more.maxEvaluations === undefined ? { generations: 6 } : {}),
  ...more,
})

const bestPerGeneration = (result: StrategyResult): number[] =>
  result.generations.map(({ best }) =>
    best === null ? Infinity : (result.individuals[best]?.objectives?.[0] as number),
  )

describe('a search', () => {
  it('gives the same archive for the same seed and another for another seed', async () => {
    const archives = []
    for (const seed of [5, 5, 6]) {
      const ledger = new MemoryLedger()
      await runSearch(small({ ledger, seed, baseline: true }))
      archives.push(exportArchive(ledger))
    }
    expect(archives[1]).toBe(archives[0])
    expect(archives[2]).not.toBe(archives[0])
    expect(archives[0]).not.toContain('seconds')
  })

  it('never loses its best individual when fitness is the only objective', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(1000),
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('active' as const, 'reference' as const),
        async (seed, population, offspring, mutation) => {
          const { evolution } = await runSearch(small({ seed, population, offspring, mutation }))
          const bests = bestPerGeneration(evolution)
          for (let i = 1; i < bests.length; i++) expect(bests[i]).toBeLessThanOrEqual(bests[i - 1] as number)
          const everything = evolution.individuals.flatMap((each) => each.objectives ?? [])
          expect(bests.at(-1)).toBe(Math.min(...everything, Infinity))
          const volumes = evolution.generations.flatMap(({ hypervolume }) => hypervolume ?? [])
          for (let i = 1; i < volumes.length; i++) expect(volumes[i]).toBeGreaterThanOrEqual(volumes[i - 1] as number)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('gives its random baseline the same budget, and beats it on a smooth fitness', async () => {
    for (const seed of [1, 2, 3]) {
      const space = { ...standInSpace, cells: 6 }
      const { evolution, random } = await runSearch(small({ seed, space, generations: 20, baseline: true }))
      expect(random?.individuals.length).toBe(evolution.individuals.length)
      expect(random?.generations.length).toBe(evolution.generations.length)
      expect(random?.generations[0]?.reference).toEqual(evolution.generations[0]?.reference)
      expect(random?.individuals.every(({ parents }) => parents.length === 0)).toBe(true)
      expect(evolution.best?.objectives[0]).toBeLessThan(random?.best?.objectives[0] as number)
      expect(evolution.hypervolume).toBeGreaterThan(random?.hypervolume as number)
    }
  })

  it.each(subsets(objectiveNames))('optimises %j', async (objectives) => {
    const { evolution, reference } = await runSearch(small({ objectives, generations: 4 }))
    expect(reference).toHaveLength(objectives.length)
    const front = paretoFront(evolution)
    expect(front.length).toBeGreaterThan(0)
    for (const each of front) {
      const beaten = evolution.individuals.some(
        (other) =>
          isScored(other) &&
          other.objectives.every((value, j) => value <= (each.objectives[j] as number)) &&
          other.objectives.some((value, j) => value < (each.objectives[j] as number)),
      )
      expect(beaten).toBe(false)
      const score = each.outcome.status === 'scored' ? each.outcome : null
      const fitness = -(score?.indicators.manhattanSum?.mean as number)
      const values: Record<ObjectiveName, number | undefined> = {
        fitness,
        parameters: score?.parameters,
        synapticOperations: score?.synapticOperations,
        energy: score?.energyPicojoules,
      }
      expect(each.objectives).toEqual(objectives.map((name) => values[name]))
    }
  })

  it('minimises similarities and maximises distances and log-determinants', async () => {
    const lower = indicatorNames.filter((name) => indicatorDirections[name] === 'lower')
    expect(lower.sort()).toEqual(['cosineMean', 'cosineSum', 'jaccardMean', 'jaccardSum', 'pearsonMean', 'pearsonSum'])
    const { evolution } = await runSearch(small({ indicator: 'cosineMean' }))
    const means = evolution.individuals.flatMap((each) =>
      each.outcome.status === 'scored' ? (each.outcome.indicators.cosineMean?.mean ?? []) : [],
    )
    expect(evolution.best?.objectives).toEqual([Math.min(...means)])
    const reversed = await runSearch(small({ indicator: 'cosineMean', direction: 'higher' }))
    expect(reversed.evolution.best?.objectives[0]).toBeLessThan(-0.5)
  })

  it('keeps failures as failures, behind everything that has a score', async () => {
    const { evolution, random } = await runSearch(
      small({ genes: { motifs: [0, 1, 2, 3, 4, 5] }, population: 40, offspring: 40, generations: 6, baseline: true }),
    )
    const all = [...evolution.individuals, ...(random?.individuals ?? [])]
    const failed = all.filter((each) => !isScored(each))
    const reasons = new Set(failed.map((each) => each.failure?.split(':')[0]))
    expect([...reasons].sort()).toEqual(['numeric', 'out-of-memory', 'silent', 'unbuildable'])
    for (const each of all) expect(each.objectives === null).toBe(each.failure !== null)
    for (const each of failed)
      if (each.outcome.status === 'failed') expect(each.outcome).not.toHaveProperty('indicators')
    for (const { generations, individuals } of [evolution, random as StrategyResult]) {
      for (const { survivors, best } of generations) {
        const scored = survivors.map(({ id }) => individuals[id]?.failure === null)
        expect(scored.indexOf(false) === -1 || scored.lastIndexOf(true) < scored.indexOf(false)).toBe(true)
        if (best !== null) expect(individuals[best]?.failure).toBeNull()
      }
    }
    expect(paretoFront({ individuals: all }).every((each) => each.outcome.status === 'scored')).toBe(true)
  })

  it('survives a first generation without any score', async () => {
    const evaluator = new StandInEvaluator()
    const evaluate = evaluator.evaluate.bind(evaluator)
    let left = 8
    evaluator.evaluate = async (architecture) =>
      left-- > 0 ? { status: 'failed', kind: 'silent', reason: 'not yet' } : evaluate(architecture)
    const { evolution, reference } = await runSearch(small({ evaluator }))
    const [first, ...rest] = evolution.generations
    expect([first?.best, first?.hypervolume, first?.reference]).toEqual([null, null, null])
    expect(reference).not.toBeNull()
    expect(rest.at(-1)?.reference).toEqual(reference)
    expect(evolution.best).not.toBeNull()
  })

  it('counts requests against the budget and stays within it', async () => {
    const asked = await runSearch(small({ maxEvaluations: 30 }))
    expect(asked.evolution.individuals.length).toBe(24)
    expect(asked.evolution.generations.length).toBe(3)
    const events: SearchEvent[] = []
    await runSearch(small({ baseline: true, onEvent: (event) => events.push(event) }))
    const counts = events.flatMap((event) =>
      event.type === 'evaluation' && event.strategy === 'random' ? [[event.count, event.total]] : [],
    )
    expect(counts).toEqual(Array.from({ length: 48 }, (_, i) => [i + 1, 48]))
  })

  it('evaluates an architecture once and reports how often it was known', async () => {
    const evaluator = new StandInEvaluator()
    const ledger = new MemoryLedger()
    const first = await runSearch(small({ evaluator, ledger, mutation: 'reference' }))
    expect(new Set(evaluator.evaluated).size).toBe(evaluator.evaluated.length)
    const { requests, hits, repeats, hitRate } = first.evolution.cache
    expect(requests).toBe(48)
    expect(requests - hits).toBe(evaluator.evaluated.length)
    expect(repeats).toBe(hits)
    expect(hits).toBeGreaterThan(0)
    expect(hitRate).toBeCloseTo(hits / 48)
    const again = new StandInEvaluator()
    const second = await runSearch(small({ evaluator: again, ledger, mutation: 'reference', run: 'again' }))
    expect(again.evaluated).toEqual([])
    expect(second.evolution.cache.hitRate).toBe(1)
    expect(exportArchive(ledger, 'again')).toBe(exportArchive(ledger))
    const other = new StandInEvaluator('another')
    await runSearch(small({ evaluator: other, ledger, mutation: 'reference', run: 'other' }))
    expect(other.evaluated).toEqual(evaluator.evaluated)
  })

  it('draws new random numbers in every generation and records parents that were in the population before', async () => {
    const { evolution } = await runSearch(small())
    for (const { number, individuals } of evolution.generations) {
      const before = evolution.generations[number - 2]?.survivors.map(({ id }) => id) ?? []
      const position = evolution.generations[number - 1]?.randomPosition as number
      expect(position).toBeGreaterThan(evolution.generations[number - 2]?.randomPosition ?? 0)
      for (const { parents } of individuals) {
        expect(parents).toHaveLength(number === 1 ? 0 : 2)
        for (const parent of parents) expect(before).toContain(parent)
      }
    }
    const best = evolution.best?.id as number
    const ancestors = lineage(evolution, best)
    expect(ancestors.at(-1)?.id).toBe(best)
    for (const { parents } of ancestors) {
      for (const parent of parents) expect(ancestors.map(({ id }) => id)).toContain(parent)
    }
    expect(() => lineage(evolution, 9999)).toThrow(OptionError)
  })
})

describe('an interrupted search', () => {
  it('continues to the archive of an uninterrupted one, wherever it was stopped', async () => {
    const whole = new MemoryLedger()
    const uninterrupted = await runSearch(small({ ledger: whole, baseline: true, mutation: 'reference' }))
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 4 }), async (stops) => {
        const ledger = new MemoryLedger()
        const evaluated: string[] = []
        for (const stop of stops) {
          const controller = new AbortController()
          const evaluator = new StandInEvaluator('stand-in', (count) => {
            if (count === stop) controller.abort()
          })
          const options = small({ ledger, evaluator, baseline: true, mutation: 'reference', signal: controller.signal })
          const outcome = await runSearch(options).catch((error: unknown) => error)
          evaluated.push(...evaluator.evaluated)
          if (!controller.signal.aborted || !(outcome instanceof Error)) break
          expect(outcome).toBeInstanceOf(InterruptedError)
          expect((outcome as Error).message).toContain('start the same search with the same ledger')
          expect(ledger.status('default')).toBe('interrupted')
        }
        const evaluator = new StandInEvaluator()
        const resumed = await runSearch(small({ ledger, evaluator, baseline: true, mutation: 'reference' }))
        evaluated.push(...evaluator.evaluated)
        expect(new Set(evaluated).size).toBe(evaluated.length)
        expect(exportArchive(ledger)).toBe(exportArchive(whole))
        expect(resumed.evolution.cache).toEqual(uninterrupted.evolution.cache)
        expect(resumed.random?.cache).toEqual(uninterrupted.random?.cache)
        expect(ledger.status('default')).toBe('finished')
      }),
      { numRuns: 15 },
    )
  })

  it('can be made longer, and then equals the longer search', async () => {
    const grown = new MemoryLedger()
    await runSearch(small({ ledger: grown, generations: 2, baseline: true }))
    await runSearch(small({ ledger: grown, generations: 6, baseline: true }))
    const whole = new MemoryLedger()
    await runSearch(small({ ledger: whole, baseline: true }))
    expect(exportArchive(grown)).toBe(exportArchive(whole))
  })

  it('stops on a lost device without blaming the genome', async () => {
    const ledger = new MemoryLedger()
    const broken = new StandInEvaluator('stand-in', (count) => {
      if (count === 11) throw new DeviceLostError('gpu', 'is gone.')
    })
    await expect(runSearch(small({ ledger, evaluator: broken }))).rejects.toBeInstanceOf(DeviceLostError)
    expect(ledger.status('default')).toBe('interrupted')
    await runSearch(small({ ledger }))
    const whole = new MemoryLedger()
    await runSearch(small({ ledger: whole }))
    expect(exportArchive(ledger)).toBe(exportArchive(whole))
  })

  it('reports only what is in the ledger already', async () => {
    const ledger = new MemoryLedger()
    const evaluator = new StandInEvaluator()
    const onEvent = (event: SearchEvent) => {
      if (event.type === 'evaluation') {
        const found = ledger.findEvaluation(evaluationIdentity(standInSpace, evaluator, event.key))
        expect(found?.outcome).toEqual(event.outcome)
      }
      if (event.type === 'generation') {
        expect(ledger.generations('default', event.strategy).at(-1)?.number).toBe(event.number)
      }
    }
    await runSearch(small({ ledger, evaluator, onEvent, baseline: true }))
  })

  it('refuses to continue with other settings, naming them', async () => {
    const ledger = new MemoryLedger()
    await runSearch(small({ ledger, generations: 2 }))
    const before = exportArchive(ledger)
    const changes: [Partial<SearchOptions>, string][] = [
      [{ seed: 6 }, 'seed is 5 there and 6 here'],
      [{ space: { ...standInSpace, width: 8 } }, 'space.width is 4 there and 8 here'],
      [{ evaluator: new StandInEvaluator('other') }, 'evaluator.name is "stand-in" there and "other" here'],
      [{ objectives: ['parameters'] }, 'objectives'],
      [{ mutation: 'reference' }, 'mutation'],
      [{ genes: { motifs: [1, 2] } }, 'genes.motifs'],
    ]
    for (const [change, text] of changes) {
      const failure = await runSearch(small({ ledger, ...change })).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(LedgerError)
      expect((failure as Error).message).toContain(text)
    }
    expect(exportArchive(ledger)).toBe(before)
  })
})

describe('search options', () => {
  const wrong: [string, Partial<SearchOptions>][] = [
    ['seed', { seed: -1 }],
    ['seed', { seed: 0.5 }],
    ['population', { population: 1 }],
    ['offspring', { offspring: 0 }],
    ['generations', { generations: 0 }],
    ['maxEvaluations', { generations: 6, maxEvaluations: 100 }],
    ['maxEvaluations', { maxEvaluations: 7 }],
    ['objectives', { objectives: [] }],
    ['objectives', { objectives: ['energy', 'energy'] }],
    ['objectives', { objectives: ['speed' as ObjectiveName] }],
    ['indicator', { indicator: 'euclid' as never }],
    ['direction', { direction: 'up' as never }],
    ['mutation', { mutation: 'none' as never }],
    ['run', { run: ' ' }],
    ['motifs', { genes: { motifs: [1, 3] } }],
    ['cells', { space: { ...standInSpace, cells: 0 } }],
    ['indicator', { indicator: 'sahdLogdet' }],
  ]
  it.each(wrong)('explains a wrong %s: %j', async (name, change) => {
    const failure = await runSearch(small(change)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(OptionError)
    expect((failure as Error).message).toContain(`E_OPTION ${name}`)
  })
})

function subsets(names: readonly ObjectiveName[]): [ObjectiveName[]][] {
  return Array.from({ length: 2 ** names.length - 1 }, (_, i) => [names.filter((_, j) => ((i + 1) >> j) & 1)])
}
