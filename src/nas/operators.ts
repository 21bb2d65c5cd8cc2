/** Variation of integer genomes: first population, crossover, mutation. Sheet 00 (MSE-NAS), section 3. */
import { GenomeError, OptionError } from '../errors.js'
import type { RandomSequence } from '../runtime/philox.js'

export type Genome = readonly number[]

/** Inclusive integer bounds of one gene. */
export interface GeneRange {
  readonly lower: number
  readonly upper: number
}

/** Distribution index of the polynomial mutation: larger keeps closer to the old value. */
export const defaultEta = 3

/** A flip of a binary gene needs about six draws; past this many the value is drawn evenly instead. */
const redrawLimit = 256
const keyChangeLimit = 100

const clamp = (value: number, lower: number, upper: number): number => Math.min(upper, Math.max(lower, value))

/** Nearest integer inside the range; `+ 0` turns -0 into 0, so that equal genomes are also equal by `Object.is`. */
const toGene = (value: number, lower: number, upper: number): number => clamp(Math.round(value), lower, upper) + 0

function checkRange(lower: number, upper: number, where: string): void {
  if (Number.isInteger(lower) && Number.isInteger(upper) && lower <= upper) return
  throw new OptionError(where, `a gene's bounds must be integers, lower <= upper; got ${lower}..${upper}.`)
}

function checkGene(gene: number, lower: number, upper: number, where: string): void {
  checkRange(lower, upper, where)
  if (Number.isInteger(gene) && gene >= lower && gene <= upper) return
  throw new GenomeError(where, `a gene must be an integer in ${lower}..${upper}; got ${gene}.`)
}

function checkLength(genome: Genome, length: number, where: string): void {
  if (genome.length === length && length > 0) return
  throw new GenomeError(
    where,
    `the genome must have ${length > 0 ? length : 'at least one'} genes; got ${genome.length}.`,
    'Build the genome and its ranges from the same search space.',
  )
}

/**
 * A genome whose genes are uniform integers in their ranges: round(lower - 1/2 + u (upper - lower + 1)).
 *
 * @throws OptionError if a range is not an integer interval
 */
export function uniformGenome(ranges: readonly GeneRange[], random: RandomSequence): number[] {
  return ranges.map(({ lower, upper }) => {
    checkRange(lower, upper, 'uniformGenome')
    return toGene(lower - 0.5 + random.next() * (upper - lower + 1), lower, upper)
  })
}

/** Exchanges the genes `[first, second)` of two parents. */
export function crossAt(a: Genome, b: Genome, first: number, second: number): [number[], number[]] {
  checkLength(b, a.length, 'crossAt')
  const cut = (outer: Genome, inner: Genome) => [
    ...outer.slice(0, first),
    ...inner.slice(first, second),
    ...outer.slice(second),
  ]
  return [cut(a, b), cut(b, a)]
}

/**
 * Two-point crossover: the cuts are two distinct positions out of 1..n-1, evenly drawn, so the first gene always
 * stays with its parent. Genomes of fewer than three genes have no two cuts and are copied.
 *
 * @throws GenomeError if the parents differ in length
 */
export function twoPointCrossover(a: Genome, b: Genome, random: RandomSequence): [number[], number[]] {
  const positions = a.length - 1
  if (positions < 2) return crossAt(a, b, 0, 0)
  // the first two entries of a random permutation, without shuffling the rest of it
  const r1 = random.integer(positions)
  const step = random.integer(positions - 1)
  const r2 = step < r1 ? step : step + 1
  return crossAt(a, b, Math.min(r1, r2) + 1, Math.max(r1, r2) + 1)
}

/**
 * Integer polynomial mutation of one gene, as a pure function of the uniform number `u` (Deb and Agrawal 1999, on the
 * interval widened by one half on both sides so that the end values get their share).
 *
 * A "mutated" binary gene flips with probability 0.157 at eta = 3.
 *
 * @param x old value in lo..hi
 * @param u uniform number in [0, 1]
 * @returns new value in lo..hi, often the old one
 * @throws GenomeError if x lies outside its range; OptionError if u or eta does
 */
export function mutateGene(x: number, lo: number, hi: number, u: number, eta = defaultEta): number {
  checkGene(x, lo, hi, 'mutateGene')
  if (!(u >= 0 && u <= 1)) throw new OptionError('mutateGene', `u must be in 0..1; got ${u}.`)
  if (!(eta >= 0)) throw new OptionError('mutateGene', `eta must not be negative; got ${eta}.`)
  const low = lo - 0.5
  const high = hi + 0.5
  const width = high - low
  const below = (x - low) / width
  const above = (high - x) / width
  const power = eta + 1
  const shift =
    u <= 0.5
      ? (2 * u + (1 - 2 * u) * (1 - below) ** power) ** (1 / power) - 1
      : 1 - (2 * (1 - u) + 2 * (u - 0.5) * (1 - above) ** power) ** (1 / power)
  return toGene(clamp(x + shift * width, low, high), lo, hi)
}

export interface MutationOptions {
  /** Probability that a gene takes part; 1/n when left out. */
  readonly probability?: number
  readonly eta?: number
}

/**
 * The release's mutation: every gene takes part with probability 1/n. Most children change nothing that matters: of the
 * 0.16 genes changed on average, about one in six is active.
 *
 * @throws GenomeError if the genome does not fit its ranges
 */
export function mutateAnyGenes(
  genome: Genome,
  ranges: readonly GeneRange[],
  random: RandomSequence,
  options: MutationOptions = {},
): number[] {
  checkLength(genome, ranges.length, 'mutateAnyGenes')
  const probability = options.probability ?? 1 / ranges.length
  if (!(probability >= 0 && probability <= 1)) {
    throw new OptionError('mutateAnyGenes', `probability must be in 0..1; got ${probability}.`)
  }
  return ranges.map(({ lower, upper }, i) => {
    const gene = genome[i] as number
    checkGene(gene, lower, upper, `mutateAnyGenes gene ${i}`)
    return random.next() < probability ? mutateGene(gene, lower, upper, random.next(), options.eta) : gene
  })
}

/** A value other than `gene`, distributed like the polynomial mutation given that it changes the gene. */
function changeGene(gene: number, { lower, upper }: GeneRange, random: RandomSequence, eta: number): number {
  for (let draw = 0; draw < redrawLimit; draw++) {
    const changed = mutateGene(gene, lower, upper, random.next(), eta)
    if (changed !== gene) return changed
  }
  const other = lower + random.integer(upper - lower)
  return other < gene ? other : other + 1
}

export interface ActiveMutationOptions {
  /** Positions of the genes that shape the network. */
  readonly activeGenes: (genome: Genome) => readonly number[]
  /** Canonical key: equal for genomes that build the same network. */
  readonly key: (genome: Genome) => string
  /** Mean number of active genes changed, at least 1; 2 when left out. */
  readonly expectedChanges?: number
  readonly eta?: number
}

/**
 * Mutation on active genes: one active gene, evenly drawn, always changes; each other one changes with the probability
 * that gives `expectedChanges` on average. A change is the polynomial mutation, drawn until the value differs. The whole
 * draw is repeated until the key differs (a back gene, for example, counts modulo 2 only).
 *
 * @returns a genome with another key; inactive genes are untouched
 * @throws GenomeError if no active gene can change, or if no change alters the key
 */
export function mutateActiveGenes(
  genome: Genome,
  ranges: readonly GeneRange[],
  random: RandomSequence,
  options: ActiveMutationOptions,
): number[] {
  const where = 'mutateActiveGenes'
  checkLength(genome, ranges.length, where)
  const { activeGenes, key, expectedChanges = 2, eta = defaultEta } = options
  if (!(expectedChanges >= 1)) {
    throw new OptionError(where, `expectedChanges must be at least 1; got ${expectedChanges}.`)
  }
  const movable = movableGenes(genome, ranges, activeGenes(genome), where)
  const otherProbability = (expectedChanges - 1) / Math.max(1, movable.length - 1)
  const before = key(genome)
  for (let attempt = 0; attempt < keyChangeLimit; attempt++) {
    const child = [...genome]
    const certain = random.integer(movable.length)
    movable.forEach(({ position, range }, i) => {
      if (i !== certain && random.next() >= otherProbability) return
      child[position] = changeGene(genome[position] as number, range, random, eta)
    })
    if (key(child) !== before) return child
  }
  throw new GenomeError(
    where,
    `a change of an active gene must change the key; ${keyChangeLimit} draws left it at "${before}".`,
    'The list of active genes and the key disagree: derive both from the same motif tables.',
  )
}

function movableGenes(genome: Genome, ranges: readonly GeneRange[], positions: readonly number[], where: string) {
  const movable: { readonly position: number; readonly range: GeneRange }[] = []
  for (const position of positions) {
    const range = ranges[position]
    if (range === undefined) {
      throw new GenomeError(where, `active genes must lie in 0..${ranges.length - 1}; got position ${position}.`)
    }
    checkGene(genome[position] as number, range.lower, range.upper, `${where} gene ${position}`)
    if (range.lower < range.upper) movable.push({ position, range })
  }
  if (movable.length > 0) return movable
  throw new GenomeError(
    where,
    'at least one active gene must have more than one value; none has.',
    'Widen the gene ranges of the search space.',
  )
}
