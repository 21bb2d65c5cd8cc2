/** Best score against the number of networks scored: evolution, its generations' mean, and random search. */
import type { ReportSection } from '../report-data.js'
import { finite } from '../statistics.js'
import { axisNumbers, paddedDomain, spreadLabels } from './scales.js'
import { type Layer, type PlotSpec, palette, plotFrame } from './theme.js'

type Search = ReportSection<'search'>
type SearchPoint = Search['evolution'][number]

const size = { width: 660, height: 310 }

interface Series {
  readonly label: string
  readonly colour: string
  readonly dashes: number[]
  readonly points: readonly { readonly x: number; readonly y: number; readonly error: number }[]
}

function seriesOf(
  points: readonly SearchPoint[],
  value: (point: SearchPoint) => number | null,
  look: Omit<Series, 'points'>,
  banded: boolean,
): Series {
  const kept = points.flatMap((point) => {
    const y = value(point)
    return y === null ? [] : [{ x: point.evaluations, y, error: banded ? (point.standardErrorOfBest ?? 0) : 0 }]
  })
  return { ...look, points: kept }
}

function allSeries(search: Search): Series[] {
  const best = (point: SearchPoint) => point.best
  const { blue, grey } = palette
  return [
    seriesOf(search.evolution, best, { label: 'evolution, best so far', colour: blue, dashes: [1, 0] }, true),
    seriesOf(
      search.evolution,
      (point) => point.mean,
      { label: 'evolution, mean of generation', colour: blue, dashes: [5, 3] },
      false,
    ),
    seriesOf(search.random ?? [], best, { label: 'random search, best so far', colour: grey, dashes: [1, 0] }, true),
  ].filter((series) => series.points.length > 0)
}

function seriesLayers(series: Series): Layer[] {
  const x = { field: 'x', type: 'quantitative' } as const
  const values = series.points.map(({ x: at, y, error }) => ({ x: at, y, low: y - error, high: y + error }))
  const lines: Layer = {
    data: { values },
    mark: {
      type: 'line',
      color: series.colour,
      strokeWidth: series.dashes[1] === 0 ? 2.5 : 1.5,
      strokeDash: series.dashes,
      interpolate: series.dashes[1] === 0 ? 'step-after' : 'linear',
      point: values.length === 1 ? { color: series.colour, filled: true } : false,
    },
    encoding: { x, y: { field: 'y', type: 'quantitative' } },
  }
  if (series.points.every((point) => point.error === 0)) return [lines]
  const band: Layer = {
    data: { values },
    mark: { type: 'area', color: series.colour, opacity: 0.18, interpolate: 'step-after' },
    encoding: { x, y: { field: 'low', type: 'quantitative' }, y2: { field: 'high' } },
  }
  return [band, lines]
}

/** The search curve; the band is one standard error of the best network's score on either side. */
export function searchCurvePlot(search: Search): PlotSpec {
  const series = allSeries(search)
  const points = series.flatMap((one) => one.points)
  const domain = paddedDomain(finite(points.flatMap(({ y, error }) => [y - error, y + error])))
  const last = Math.max(1, ...points.map((point) => point.x))
  const ends = series.map((one) => ({ ...one, value: one.points[one.points.length - 1]?.y ?? domain[0] }))
  const labels = spreadLabels(ends, domain, size.height).map(
    ({ label, at, colour }): Layer => ({
      data: { values: [{ label, at }] },
      mark: { type: 'text', align: 'left', dx: 8, color: colour, fontWeight: 600 },
      encoding: {
        x: { datum: last, type: 'quantitative' },
        y: { field: 'at', type: 'quantitative' },
        text: { field: 'label' },
      },
    }),
  )
  const axes: Layer = {
    data: { values: [{}] },
    mark: { type: 'point', opacity: 0 },
    encoding: {
      x: {
        datum: 0,
        type: 'quantitative',
        scale: { domain: [0, last], nice: false },
        axis: { title: 'networks scored', grid: false },
      },
      y: {
        datum: domain[0],
        type: 'quantitative',
        scale: { domain, zero: false, nice: false },
        axis: { title: `${search.indicator} (${search.direction}d)`, ...axisNumbers(domain) },
      },
    },
  }
  return { ...plotFrame, ...size, layer: [axes, ...series.flatMap(seriesLayers), ...labels] }
}
