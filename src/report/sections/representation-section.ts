/** What the winner's spikes look like: dissimilarities between samples, one raster, rates of all populations. */
import { formatInteger, formatNumber } from '../format.js'
import { figure, html, type Markup, type Section } from '../markup.js'
import { firingRatesPlot } from '../plots/firing-rates.js'
import { rasterNeurons, rasterPlot } from '../plots/raster.js'
import { rdmOrder, rdmPlot } from '../plots/rdm.js'
import { renderPlot } from '../plots/render-plot.js'
import type { ReportData, ReportSection } from '../report-data.js'
import { classContrast } from '../statistics.js'

async function rdmFigure(rdm: ReportSection<'rdm'>): Promise<Markup> {
  const svg = await renderPlot('rdm', rdmPlot(rdm), `Dissimilarity matrix of ${rdm.population}`)
  const shown = rdmOrder(rdm.labels).length
  const thinned = shown < rdm.labels.length ? ` Drawn: ${shown} of ${rdm.labels.length} samples, evenly chosen.` : ''
  const { within, between } = classContrast(rdm.matrix, rdm.labels)
  return figure(
    `Dissimilarity of samples in ${rdm.population}`,
    svg,
    html`How differently the population fires for each pair of samples, sorted by class: dark is alike. Mean within a
class ${formatNumber(within)}, between classes ${formatNumber(between)}.${thinned} Dark blocks along the diagonal mean
that samples of one class look alike to the network. The eye finds blocks easily: compare the two means. The fitness
never sees the classes.`,
  )
}

async function rasterFigure(raster: ReportSection<'raster'>): Promise<Markup> {
  const svg = await renderPlot('raster', rasterPlot(raster), `Spike raster of ${raster.population}`)
  const rate = raster.spikes.length / (raster.neurons * raster.timeSteps)
  const shown = rasterNeurons(raster).length
  const thinned = shown < raster.neurons ? ` Drawn: ${shown} neurons, evenly chosen.` : ''
  return figure(
    'Spike raster',
    svg,
    html`Every mark is a spike: ${formatInteger(raster.spikes.length)} from ${formatInteger(raster.neurons)} neurons in
${raster.timeSteps} time steps, ${formatNumber(rate)} a neuron and step.${thinned} One sample only; another sample
gives another picture, and neighbouring rows need not be neighbours in the image.`,
  )
}

async function ratesFigure(rates: ReportSection<'firingRates'>): Promise<Markup> {
  const svg = await renderPlot('rates', firingRatesPlot(rates), 'Mean firing rate of every population')
  const silent = rates.filter((entry) => entry.rate === 0).length
  const remark =
    silent === 0
      ? 'No population is silent.'
      : `${silent} of ${rates.length} populations never ${silent === 1 ? 'fires and passes' : 'fire and pass'} nothing on.`
  return figure(
    'Firing rates',
    svg,
    html`Mean rate of each population in the order of the network. ${remark} A mean hides its neurons: a low rate may be
a few busy neurons among many silent ones.`,
  )
}

/** The section on spikes; undefined when none of its three parts is there. */
export async function representationSection(data: ReportData): Promise<Section | undefined> {
  const { rdm, raster, firingRates } = data
  const figures = [
    rdm === undefined ? undefined : await rdmFigure(rdm),
    raster === undefined ? undefined : await rasterFigure(raster),
    firingRates === undefined ? undefined : await ratesFigure(firingRates),
  ].filter((part) => part !== undefined)
  return figures.length === 0 ? undefined : { id: 'spikes', title: 'Spikes', body: html`${figures}` }
}
