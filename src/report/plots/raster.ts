/** Spikes of one population over the time steps, beside the sample that caused them. */
import type { ReportSection } from '../report-data.js'
import { evenlyChosen } from './scales.js'
import { type Layer, type Panel, type PlotSpec, palette, plotFrame } from './theme.js'

type Raster = ReportSection<'raster'>

/** Rows that still can be told apart in a plot of this height. */
export const shownNeurons = 150
const height = 300
/** Neighbouring cells overlap a little, or the page would shine through where they meet. */
const overlap = 1.1

/** The neurons that are drawn: all, or `shownNeurons` of them spread evenly. */
export function rasterNeurons(raster: Raster): number[] {
  return evenlyChosen(raster.neurons, shownNeurons)
}

function imagePanel(input: NonNullable<Raster['input']>): Panel {
  const values = input.pixels.flatMap((row, y) =>
    row.flatMap((grey, x) => (grey === null ? [] : [{ x, x2: x + overlap, y, y2: y + overlap, grey }])),
  )
  const rows = input.pixels.length
  const columns = input.pixels[0]?.length ?? 1
  const scale = 150 / Math.max(rows, columns)
  return {
    width: columns * scale,
    height: rows * scale,
    title: { text: input.label, limit: 190 },
    data: { values },
    mark: { type: 'rect', stroke: null, opacity: 1, clip: true },
    encoding: {
      x: { field: 'x', type: 'quantitative', scale: { domain: [0, columns], nice: false }, axis: null },
      x2: { field: 'x2' },
      y: { field: 'y', type: 'quantitative', scale: { domain: [0, rows], nice: false, reverse: true }, axis: null },
      y2: { field: 'y2' },
      color: {
        field: 'grey',
        type: 'quantitative',
        scale: { domain: [0, 1], range: ['#000000', '#ffffff'] },
        legend: null,
      },
    },
  }
}

/** The raster, time from left to right, one row a neuron. */
export function rasterPlot(raster: Raster): PlotSpec {
  const neurons = rasterNeurons(raster)
  const rowOf = new Map(neurons.map((neuron, row) => [neuron, row]))
  const values = raster.spikes.flatMap(([t, neuron]) => {
    const row = rowOf.get(neuron)
    return row === undefined ? [] : [{ t: t + 0.06, t2: t + 0.94, row: row + 0.08, row2: row + 0.92 }]
  })
  const borders: Layer = {
    data: { values: Array.from({ length: raster.timeSteps + 1 }, (_, t) => ({ t })) },
    mark: { type: 'rule', color: 'currentColor', opacity: 0.15 },
    encoding: { x: { field: 't', type: 'quantitative' } },
  }
  const stepLabel = Math.max(1, Math.ceil(raster.timeSteps / 12))
  const ticks = Array.from({ length: Math.ceil(raster.timeSteps / stepLabel) }, (_, i) => i * stepLabel + 0.5)
  const spikes: Layer = {
    data: { values },
    mark: { type: 'rect', color: palette.blue, stroke: null, opacity: 1 },
    encoding: {
      x: {
        field: 't',
        type: 'quantitative',
        scale: { domain: [0, raster.timeSteps], nice: false },
        axis: {
          title: 'time step',
          values: ticks,
          labelExpr: 'floor(datum.value)',
          grid: false,
          ticks: false,
          labelOverlap: false,
          // The plot library thins out even explicit ticks beyond its tick count.
          tickCount: ticks.length,
        },
      },
      x2: { field: 't2' },
      y: {
        field: 'row',
        type: 'quantitative',
        scale: { domain: [0, neurons.length], nice: false, reverse: true },
        axis: {
          title: neurons.length < raster.neurons ? `neuron (${neurons.length} of ${raster.neurons} shown)` : 'neuron',
          labels: neurons.length === raster.neurons,
          ticks: false,
          grid: false,
          titleAngle: -90,
        },
      },
      y2: { field: 'row2' },
    },
  }
  const plot: Panel = {
    width: Math.min(560, Math.max(220, raster.timeSteps * 48)),
    height,
    title: { text: raster.population, limit: 400 },
    layer: raster.timeSteps <= 64 ? [spikes, borders] : [spikes],
  }
  return { ...plotFrame, hconcat: raster.input === undefined ? [plot] : [imagePanel(raster.input), plot] }
}
