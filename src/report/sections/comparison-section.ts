/** The winner beside other networks trained alike. */
import { figure, html, type Section } from '../markup.js'
import { comparisonPlot } from '../plots/comparison.js'
import { renderPlot } from '../plots/render-plot.js'
import type { ReportData } from '../report-data.js'
import { chanceOfSeparation, finite } from '../statistics.js'

/** The comparison section; undefined without one. */
export async function comparisonSection(data: ReportData): Promise<Section | undefined> {
  const { comparison } = data
  if (comparison === undefined) return undefined
  const seeds = comparison.map((entry) => finite(entry.seeds.map((one) => one.accuracy)).length)
  const chance = chanceOfSeparation(seeds[0] ?? 0, seeds[1] ?? 0)
  const luck =
    comparison.length > 1 && chance < 1
      ? ` Two networks that are equally good separate like that by luck in 1 of ${Math.round(1 / chance)} cases.`
      : ''
  const body = figure(
    'Accuracy by seed',
    await renderPlot('comparison', comparisonPlot(comparison), 'Accuracy of each network, one dot a seed'),
    html`One dot a training run, the bar is their mean, ± is the standard deviation between seeds. "Beats" stands only
where every run of the one lies above every run of the other, with at least three runs each.${luck} The axis does not
start at 0, and the networks differ in size.`,
  )
  return { id: 'comparison', title: 'Comparison', body }
}
