/** The top of the page: a few large figures, and one sentence that claims no more than the data carries. */
import { formatCount, formatEnergy, formatInteger, formatNumber, formatPercent } from './format.js'
import { html, type Markup } from './markup.js'
import type { ReportData, ReportSection } from './report-data.js'
import { finite, mean, separation, wilsonInterval } from './statistics.js'

interface Figure {
  readonly name: string
  readonly value: string
  readonly remark: string
}

/** Number of samples behind an evaluation, from its confusion matrix; null without one. */
export function evaluatedSamples(evaluation: ReportSection<'evaluation'>): number | null {
  return evaluation.confusion?.matrix.flat().reduce((sum, value) => sum + value, 0) ?? null
}

/** The 95 % interval of the accuracy as text, empty where the number of samples is unknown. */
export function accuracyInterval(evaluation: ReportSection<'evaluation'>): string {
  const samples = evaluatedSamples(evaluation)
  if (samples === null || samples === 0 || evaluation.accuracy === null) return ''
  const { low, high } = wilsonInterval(evaluation.accuracy, samples)
  return `95 % interval ${(100 * low).toFixed(1)} to ${formatPercent(high)}, ${formatInteger(samples)} samples`
}

function headlineFigures(data: ReportData): Figure[] {
  const { evaluation, winner, search, study, training } = data
  const figures: Figure[] = []
  if (evaluation !== undefined) {
    const value = formatPercent(evaluation.accuracy)
    figures.push({ name: 'test accuracy', value, remark: accuracyInterval(evaluation) })
  }
  if (winner !== undefined) {
    const remark = `${formatCount(winner.macs)} MACs a time step`
    figures.push({ name: 'parameters', value: formatCount(winner.parameters), remark })
  }
  const energy = evaluation?.energy ?? winner?.energy
  if (energy !== undefined) {
    const source = evaluation?.energy === undefined ? 'before training' : 'after training'
    figures.push({ name: 'energy a sample', value: formatEnergy(energy.picojoules), remark: `estimated, ${source}` })
  }
  if (evaluation !== undefined) {
    const value = formatCount(evaluation.spikesPerSample)
    const remark = `${formatCount(evaluation.synapticOperations)} synaptic operations`
    figures.push({ name: 'spikes a sample', value, remark })
  }
  if (search !== undefined) {
    const remark = `${formatNumber(search.genomesPerSecond)} a second`
    figures.push({ name: 'networks scored', value: formatInteger(search.evaluations), remark })
  }
  if (study !== undefined) {
    figures.push({
      name: 'networks trained',
      value: formatInteger(study.points.length),
      remark: 'to test the indicators',
    })
  }
  if (evaluation === undefined && training !== undefined) {
    const last = training.curves[training.curves.length - 1]
    figures.push({ name: 'validation accuracy', value: formatPercent(last?.validationAccuracy), remark: 'last point' })
  }
  return figures
}

/** How the first network of the comparison did against one other. */
function against(ours: readonly number[], name: string, theirs: readonly number[]): string {
  const difference = 100 * ((mean(ours) ?? 0) - (mean(theirs) ?? 0))
  const points = `${Math.abs(difference).toFixed(1)} points ${difference < 0 ? 'lower' : 'higher'} on average`
  switch (separation(ours, theirs)) {
    case 'above':
      return `beats the ${name} with every seed (${points})`
    case 'below':
      return `loses to the ${name} with every seed (${points})`
    case 'overlap':
      return `cannot be told from the ${name}, as their seeds overlap (${points})`
    case 'too few':
      return `has too few seeds to be compared with the ${name} (${points})`
  }
}

/** What beats what, in one sentence; null without a comparison of at least two networks. */
export function comparisonSentence(comparison: ReportSection<'comparison'>): string | null {
  const [first, ...others] = comparison.map(({ name, seeds }) => ({
    name,
    accuracies: finite(seeds.map((entry) => entry.accuracy)),
  }))
  if (first === undefined || first.accuracies.length === 0) return null
  const clauses = others
    .filter((other) => other.accuracies.length > 0)
    .map((other) => against(first.accuracies, other.name, other.accuracies))
  if (clauses.length === 0) return null
  return `The ${first.name} ${clauses.join(', and ')}.`
}

/** What the search gained over random search, measured in standard errors of the two best scores. */
export function searchSentence(search: ReportSection<'search'>): string | null {
  const ours = search.evolution[search.evolution.length - 1]
  const theirs = search.random?.[search.random.length - 1]
  if (ours?.best == null) return null
  if (theirs?.best == null) return 'Without a random search beside it, the curve does not show what evolution gained.'
  const gain = search.direction === 'maximise' ? ours.best - theirs.best : theirs.best - ours.best
  const budget =
    ours.evaluations === theirs.evaluations
      ? 'the same number of networks'
      : `${formatInteger(ours.evaluations)} against ${formatInteger(theirs.evaluations)} networks`
  const error = Math.hypot(ours.standardErrorOfBest ?? Number.NaN, theirs.standardErrorOfBest ?? Number.NaN)
  if (!Number.isFinite(error) || error === 0) {
    return `With ${budget}, evolution's best score is ${gain > 0 ? 'better' : 'not better'} than random search's, but without repeated scores nothing says by how much it would vary.`
  }
  const inErrors = `${Math.abs(gain / error).toFixed(1)} standard errors`
  if (gain > 2 * error) return `With ${budget}, evolution's best score is better than random search's by ${inErrors}.`
  if (gain < -2 * error) return `With ${budget}, evolution's best score is worse than random search's by ${inErrors}.`
  return `With ${budget}, evolution's best score cannot be told from random search's (${inErrors} apart).`
}

/** The one sentence under the title. */
function headlineSentence(data: ReportData): string | null {
  const compared = data.comparison === undefined ? null : comparisonSentence(data.comparison)
  if (compared !== null) return compared
  if (data.study !== undefined) return data.study.verdict
  if (data.search !== undefined) return searchSentence(data.search)
  if (data.evaluation !== undefined) return 'One network, evaluated once: there is nothing here to compare it with.'
  return null
}

/** Title, figures and sentence. */
export function renderHeadline(data: ReportData): Markup {
  const cards = headlineFigures(data).map(
    ({ name, value, remark }) =>
      html`<div class="figure-card"><dt>${name}</dt><dd>${value}<small>${remark}</small></dd></div>\n`,
  )
  const sentence = headlineSentence(data)
  const subtitle = [data.dataset?.title, data.adapter?.description, data.createdAt].filter((part) => part !== undefined)
  const warning =
    data.adapter?.software === true
      ? html`<p class="remark">Computed on a software driver: its speeds say nothing about a GPU.</p>\n`
      : undefined
  return html`<header>
<h1>${data.title}</h1>
<p class="subtitle">${subtitle.join(' · ')}</p>
${sentence === null ? undefined : html`<p class="verdict">${sentence}</p>\n`}${warning}${cards.length === 0 ? undefined : html`<dl class="figures">\n${cards}</dl>\n`}</header>
`
}
