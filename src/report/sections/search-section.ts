/** The search: its curve, the Pareto front, and what it cost. */
import { formatDuration, formatInteger, formatNumber, formatPercent } from '../format.js'
import { searchSentence } from '../headline.js'
import { definitionTable, figure, html, type Markup, type Section } from '../markup.js'
import { paretoPlot } from '../plots/pareto.js'
import { renderPlot } from '../plots/render-plot.js'
import { searchCurvePlot } from '../plots/search-curve.js'
import type { ReportData, ReportSection } from '../report-data.js'

type Search = ReportSection<'search'>

function failuresText(failures: Search['failures']): string {
  const entries = Object.entries(failures).filter(([, number]) => number > 0)
  return entries.length === 0 ? 'none' : entries.map(([kind, number]) => `${kind}: ${formatInteger(number)}`).join(', ')
}

function costTable(search: Search): Markup {
  return definitionTable([
    ['indicator', `${search.indicator}, ${search.direction}d`],
    ['objectives', search.objectives.join(', ')],
    ['networks scored', formatInteger(search.evaluations)],
    ['answered from the ledger', formatPercent(search.cacheHitRate)],
    ['without a score', failuresText(search.failures)],
    ['time', `${formatDuration(search.seconds)}, ${formatNumber(search.genomesPerSecond)} networks a second`],
  ])
}

async function curveFigure(search: Search): Promise<Markup> {
  const svg = await renderPlot('search', searchCurvePlot(search), `Search curve of ${search.indicator}`)
  return figure(
    'Search curve',
    svg,
    html`Best score found so far against the number of networks scored; the band is one standard error of the best
network's score on either side. ${searchSentence(search) ?? ''} Beware: a best-so-far curve can only improve, also on
noise alone, and the best of many noisy scores looks better than it is. A higher score is not yet a higher accuracy.`,
  )
}

async function paretoFigure(search: Search, winnerKey: string | undefined): Promise<Markup | undefined> {
  const scored = (search.pareto ?? []).filter((point) => point.fitness !== null)
  if (scored.length === 0) return undefined
  const svg = await renderPlot('pareto', paretoPlot(search, winnerKey), 'Networks by size and fitness')
  const front = scored.filter((point) => point.onFront).length
  const volume =
    search.hypervolume === undefined
      ? undefined
      : html` The hypervolume, at the right, is what the front dominates down to a fixed reference point; its unit means
nothing, only its growth does, and another reference point gives another curve.`
  return figure(
    'Pareto front',
    svg,
    html`${scored.length} networks, ${front} of them on the front: no other network here is at least as good in every
objective (${search.objectives.join(', ')}) and better in one.${volume} Points close to the front may belong on it, as
each fitness carries an error that is not drawn.`,
  )
}

/** The search section; undefined when there was no search. */
export async function searchSection(data: ReportData): Promise<Section | undefined> {
  const { search, winner } = data
  if (search === undefined) return undefined
  const body = html`${await curveFigure(search)}${await paretoFigure(search, winner?.key)}${costTable(search)}`
  return { id: 'search', title: 'Search', body }
}
