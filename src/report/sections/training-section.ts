/** Training and its speed. */
import { formatDuration, formatInteger, formatNumber, formatPercent } from '../format.js'
import { definitionTable, figure, html, type Section } from '../markup.js'
import { renderPlot } from '../plots/render-plot.js'
import { trainingCurvesPlot } from '../plots/training-curves.js'
import type { ReportData } from '../report-data.js'
import { finite } from '../statistics.js'

/** The training section; undefined when nothing was trained. */
export async function trainingSection(data: ReportData): Promise<Section | undefined> {
  const { training } = data
  if (training === undefined) return undefined
  const { curves } = training
  const values = curves.flatMap((point) => [
    point.loss,
    point.trainAccuracy,
    point.validationAccuracy,
    point.learningRate,
  ])
  const validation = finite(curves.map((point) => point.validationAccuracy))
  const best = validation.length === 0 ? null : Math.max(...validation)
  const drawing =
    finite(values).length === 0
      ? undefined
      : figure(
          'Training curves',
          await renderPlot('training', trainingCurvesPlot(training), 'Loss and accuracy over the training steps'),
          html`Loss and accuracy over ${curves.length} recorded points of one run. The validation samples are held out
from the training files; choosing the best moment on them (${formatPercent(best)}) flatters, so the final figure is
that of the test split. Another seed gives another curve.`,
        )
  const last = curves[curves.length - 1]
  const table = definitionTable([
    ['training steps', formatInteger(last?.step)],
    ['epochs', formatNumber(training.epochs ?? last?.epoch)],
    ['last training loss', formatNumber(last?.loss)],
    ['samples a second', formatNumber(training.samplesPerSecond)],
    ['time', formatDuration(training.seconds)],
  ])
  return { id: 'training', title: 'Training', body: html`${drawing}${table}` }
}
