/** Mean firing rate of every population, in the order of the network. */
import { formatInteger, formatNumber } from '../format.js'
import type { ReportSection } from '../report-data.js'
import { type PlotSpec, palette, plotFrame } from './theme.js'

type Rates = ReportSection<'firingRates'>

/** Bars with their numbers; a population that never fires says so. */
export function firingRatesPlot(rates: Rates): PlotSpec {
  const values = rates.map(({ rate, neurons, layer }, index) => ({
    // Two populations may bear one name; the running number keeps their bars apart.
    layer: `${index + 1}. ${layer}`,
    rate: rate ?? 0,
    silent: rate === 0,
    text: `${rate === 0 ? 'silent' : formatNumber(rate)} · ${formatInteger(neurons)} neurons`,
  }))
  const colour = { condition: { test: 'datum.silent', value: palette.vermilion }, value: 'currentColor' }
  const largest = Math.max(...values.map((value) => value.rate))
  return {
    ...plotFrame,
    width: 420,
    height: { step: 21 },
    data: { values },
    encoding: {
      y: { field: 'layer', type: 'nominal', sort: null, axis: { title: null, ticks: false, labelLimit: 340 } },
      x: {
        field: 'rate',
        type: 'quantitative',
        scale: { domain: [0, largest > 0 ? largest * 1.05 : 1], nice: false },
        axis: { title: 'spikes a neuron and time step', format: '~g', grid: false },
      },
    },
    layer: [
      { mark: { type: 'bar', color: palette.blue, height: { band: 0.68 } } },
      {
        mark: { type: 'text', align: 'left', dx: 6, fontSize: 11 },
        encoding: { text: { field: 'text' }, color: colour },
      },
    ],
  }
}
