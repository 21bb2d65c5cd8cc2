/** Does the indicator predict accuracy? Networks drawn at random, scored, then trained. */
import { formatNumber } from '../format.js'
import { figure, html, type Markup, type Section } from '../markup.js'
import { renderPlot } from '../plots/render-plot.js'
import { studyScatterPlot, studyTauPlot } from '../plots/study.js'
import type { ReportData, ReportSection } from '../report-data.js'

type Study = ReportSection<'study'>

function tauTable(study: Study): Markup {
  const interval = (value: { low: number | null; high: number | null }) =>
    `${formatNumber(value.low, 2)} to ${formatNumber(value.high, 2)}`
  const rows = study.taus.map(({ indicator, tau, differenceToParameters: difference, ...ends }) => {
    const [value, range] =
      difference === undefined ? ['–', '–'] : [formatNumber(difference.value, 2), interval(difference)]
    return html`<tr><th scope="row">${indicator}</th><td>${formatNumber(tau, 2)}</td><td>${interval(ends)}</td><td>${value}</td><td>${range}</td></tr>\n`
  })
  return html`<div class="scroll"><table>
<thead><tr><th>indicator</th><th>τ</th><th>95 % interval</th><th>τ minus τ of parameters</th><th>95 % interval</th></tr></thead>
<tbody>
${rows}</tbody></table></div>
`
}

async function figures(study: Study): Promise<Markup[]> {
  const list: Markup[] = []
  if (study.taus.some((entry) => entry.tau !== null)) {
    list.push(
      figure(
        'Rank correlation with accuracy',
        await renderPlot('taus', studyTauPlot(study), "Kendall's tau of every indicator"),
        html`Kendall's τ between indicator and accuracy after training: 1 is the same order, 0 none, −1 the reverse; the
bars are 95 % intervals. Counting parameters is free, so an indicator earns its keep only where the interval at the right
lies above 0. With many indicators, one may stand out by luck.`,
      ),
    )
  }
  if (study.points.length > 0) {
    list.push(
      figure(
        'Indicators and accuracy',
        await renderPlot('study', studyScatterPlot(study), 'Every indicator against accuracy after training'),
        html`Each point is one network, trained once; colour and shape give the cell type. A trend over all points may be
nothing but a difference between cell types: look for it within one colour. Horizontal scales differ.`,
      ),
    )
  }
  return list
}

/** The study section; undefined without a study. */
export async function studySection(data: ReportData): Promise<Section | undefined> {
  const { study } = data
  if (study === undefined) return undefined
  const table = study.taus.length === 0 ? undefined : tauTable(study)
  const body = html`<p class="verdict">${study.verdict}</p>\n${await figures(study)}${table}`
  return { id: 'study', title: 'Do the indicators predict accuracy?', body }
}
