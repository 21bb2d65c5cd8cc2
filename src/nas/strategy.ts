import { InterruptedError } from '../errors.js'
import { deriveSeed, RandomSequence, RandomStream } from '../runtime/philox.js'
import { assess, recall } from './assessment.js'
import { survive } from './dominance.js'
import { hypervolume } from './hypervolume.js'
import { bestOf, type Individual, isScored, rated, referencePoint } from './individual.js'
import type { GenerationRecord, IndividualRecord, Strategy, SurvivorRecord } from './ledger.js'
import { standingOf } from './objectives.js'
import { initialGenomes, offspringOf, type Proposal } from './reproduction.js'
import type { SearchPlan } from './search-options.js'

/** Draw numbers of the evolution stream: the two strategies never share a random number. */
const draws: Readonly<Record<Strategy, number>> = { evolution: 0, random: 1 }

/** Event loop turns are taken at least this often, so that a signal gets through when everything is cached. */
const breathMilliseconds = 50

/** A strategy at the end of its last committed generation; `advance` takes it one generation further. */
export class StrategyRun {
  readonly individuals: Individual[] = []
  readonly records: GenerationRecord[] = []
  private readonly keys = new Set<string>()
  /** Genomes wanted of each generation, by number from 1. */
  private readonly wanted: readonly number[]
  private lastBreath = 0

  /**
   * @param budget genomes of each generation, by number from 1; as planned when left out
   * @param yardstick reference point to use for the hypervolume; chosen from the own first scores when left out
   */
  constructor(
    readonly plan: SearchPlan,
    readonly strategy: Strategy,
    budget: readonly number[] | null = null,
    private readonly yardstick: readonly number[] | null = null,
  ) {
    this.wanted =
      budget ?? Array.from({ length: plan.generations }, (_, i) => (i === 0 ? plan.population : plan.offspring))
    for (const record of plan.ledger.generations(plan.run, strategy)) this.restore(record)
    if (this.records.length === 0) return
    const [generation, count] = [this.records.length, this.individuals.length]
    plan.onEvent({ type: 'resume', strategy, generation, count })
  }

  get finished(): boolean {
    return this.records.length >= this.wanted.length
  }

  /** Genomes of all generations together, done or still to come; in a small space evolution may ask for fewer. */
  private get total(): number {
    const open = this.wanted.slice(this.records.length).reduce((sum, count) => sum + count, 0)
    return this.individuals.length + open
  }

  get survivors(): readonly Individual[] {
    return (this.records.at(-1)?.survivors ?? []).map(({ id }) => this.individuals[id] as Individual)
  }

  /**
   * Makes, assesses, selects and commits the next generation.
   * @throws InterruptedError before an evaluation when the plan's signal has been raised
   */
  async advance(): Promise<void> {
    const number = this.records.length + 1
    const random = this.sequence(this.records.at(-1)?.randomPosition ?? 0)
    const fresh: Individual[] = []
    let repeats = 0
    let cacheHits = 0
    for (const proposal of this.propose(number, random)) {
      await this.checkSignal(fresh.length)
      const id = this.individuals.length + fresh.length
      const { key, outcome, cached, seconds } = await assess(this.plan, this.strategy, id, proposal.genome)
      const { genome, parents } = proposal
      fresh.push({ id, generation: number, genome, key, parents, outcome, ...standingOf(outcome, this.plan) })
      if (this.keys.has(key) || fresh.some((each) => each.id !== id && each.key === key)) repeats++
      if (cached) cacheHits++
      const common = { generation: number, count: id + 1, total: this.total, cached, key, outcome, seconds }
      this.plan.onEvent({ type: 'evaluation', strategy: this.strategy, ...common })
    }
    this.commit(number, fresh, random, repeats, cacheHits)
  }

  private propose(number: number, random: RandomSequence): readonly Proposal[] {
    const count = this.wanted[number - 1] ?? 0
    if (count === 0) return []
    if (number === 1 || this.strategy === 'random') return initialGenomes(this.plan, count, random)
    const crowding = this.records.at(-1)?.survivors.map((each) => each.crowding ?? Number.POSITIVE_INFINITY) ?? []
    return offspringOf(this.plan, this.survivors, crowding, random)
  }

  private commit(
    number: number,
    fresh: readonly Individual[],
    random: RandomSequence,
    repeats: number,
    cacheHits: number,
  ): void {
    const { plan, strategy } = this
    const pool = [...this.survivors, ...fresh]
    const survivors = this.select(pool, random)
    const kept = survivors.map(({ id }) => pool.find((each) => each.id === id) as Individual)
    const reference = this.reference(fresh)
    const best = bestOf(kept)
    const volume =
      reference === null
        ? null
        : hypervolume(
            kept.filter(isScored).map((each) => each.objectives),
            reference,
          )
    const record: GenerationRecord = {
      strategy,
      number,
      individuals: fresh.map(({ id, genome, key, parents }): IndividualRecord => ({ id, genome, key, parents })),
      survivors,
      randomPosition: random.position,
      reference,
      hypervolume: volume,
      best: best?.id ?? null,
      repeats,
      cacheHits,
    }
    plan.ledger.commitGeneration(plan.run, record)
    this.adopt(record, fresh)
    plan.onEvent({
      type: 'generation',
      strategy,
      number,
      total: Math.max(this.wanted.length, number),
      best: best && { id: best.id, key: best.key, objectives: best.objectives },
      hypervolume: volume,
      cacheHits,
      individuals: fresh.length,
    })
  }

  private select(pool: readonly Individual[], random: RandomSequence): SurvivorRecord[] {
    const count = this.plan.objectives.length
    const survival = survive(
      pool.map((each) => rated(each, count)),
      this.plan.population,
      random,
    )
    return survival.survivors.map((place) => {
      const crowding = survival.crowding[place] as number
      return {
        id: (pool[place] as Individual).id,
        rank: survival.ranks[place] as number,
        crowding: Number.isFinite(crowding) ? crowding : null,
      }
    })
  }

  private reference(fresh: readonly Individual[]): readonly number[] | null {
    const fixed = this.records.at(-1)?.reference ?? this.yardstick
    return fixed ?? referencePoint(fresh, this.plan.objectives.length)
  }

  private restore(record: GenerationRecord): void {
    const fresh = record.individuals.map((each): Individual => {
      const outcome = recall(this.plan, each.key)
      return { ...each, generation: record.number, outcome, ...standingOf(outcome, this.plan) }
    })
    this.adopt(record, fresh)
  }

  private adopt(record: GenerationRecord, fresh: readonly Individual[]): void {
    this.records.push(record)
    this.individuals.push(...fresh)
    for (const { key } of fresh) this.keys.add(key)
  }

  private sequence(position: number): RandomSequence {
    const { seed } = this.plan
    return new RandomSequence(deriveSeed(seed), RandomStream.evolution, draws[this.strategy], position)
  }

  private async checkSignal(inProgress: number): Promise<void> {
    const now = performance.now()
    if (now - this.lastBreath > breathMilliseconds) {
      this.lastBreath = now
      await new Promise((resume) => setTimeout(resume, 0))
    }
    const { signal, ledger, run } = this.plan
    if (!signal?.aborted) return
    throw new InterruptedError(
      `search "${run}"`,
      `was interrupted after ${this.individuals.length + inProgress} of ${this.total} genomes (${this.strategy}); ` +
        `all of them are in the ledger (${ledger.location}).`,
      'To continue, start the same search with the same ledger and run name.',
    )
  }
}
