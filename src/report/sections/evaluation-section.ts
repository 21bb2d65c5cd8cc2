/** The final figures on the test split. */
import { formatCount, formatInteger, formatNumber, formatPercent } from '../format.js'
import { accuracyInterval } from '../headline.js'
import { definitionTable, figure, html, type Markup, type Section } from '../markup.js'
import { confusionPlot } from '../plots/confusion.js'
import { renderPlot } from '../plots/render-plot.js'
import type { ReportData, ReportSection } from '../report-data.js'
import { energyText } from './winner-section.js'

type Confusion = NonNullable<ReportSection<'evaluation'>['confusion']>

/** The mistake made most often, as a sentence. */
function commonestMistake({ classes, matrix }: Confusion): string {
  let most = { value: 0, truth: 0, predicted: 0 }
  matrix.forEach((row, truth) => {
    row.forEach((value, predicted) => {
      if (truth !== predicted && value > most.value) most = { value, truth, predicted }
    })
  })
  if (most.value === 0) return 'Not one sample is taken for another class.'
  const samples = most.value === 1 ? 'sample' : 'samples'
  return `The commonest mistake: ${formatInteger(most.value)} ${samples} of ${classes[most.truth]} taken for ${classes[most.predicted]}.`
}

async function confusionFigure(confusion: Confusion): Promise<Markup> {
  const svg = await renderPlot('confusion', confusionPlot(confusion), 'Confusion matrix')
  return figure(
    'Confusion matrix',
    svg,
    html`Rows are true classes, columns predictions, numbers are samples, the depth of colour is the share of the row (its
square root, so that rare mistakes show).
${commonestMistake(confusion)} Classes with few samples give coarse shares.`,
  )
}

/** The evaluation section; undefined when nothing was evaluated. */
export async function evaluationSection(data: ReportData): Promise<Section | undefined> {
  const { evaluation } = data
  if (evaluation === undefined) return undefined
  const interval = accuracyInterval(evaluation)
  const table = definitionTable([
    ['accuracy', `${formatPercent(evaluation.accuracy, 2)}${interval === '' ? '' : ` (${interval})`}`],
    ['loss', formatNumber(evaluation.loss)],
    ['spikes a sample', formatCount(evaluation.spikesPerSample)],
    ['synaptic operations a sample', formatCount(evaluation.synapticOperations)],
    ['energy a sample', energyText(evaluation.energy)],
  ])
  const matrix = evaluation.confusion === undefined ? undefined : await confusionFigure(evaluation.confusion)
  return { id: 'evaluation', title: 'Test', body: html`${table}${matrix}` }
}
