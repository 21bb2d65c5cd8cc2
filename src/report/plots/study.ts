/** Indicators against accuracy after training: small multiples, and Kendall's tau with its interval. */
import { formatNumber } from '../format.js'
import type { ReportSection } from '../report-data.js'
import { axisNumbers, paddedDomain } from './scales.js'
import { type Layer, type Panel, type PlotSpec, palette, plotFrame } from './theme.js'

type Study = ReportSection<'study'>
type Tau = Study['taus'][number]

const range = (tau: Pick<Tau, 'low' | 'high'>) => `[${formatNumber(tau.low, 2)}, ${formatNumber(tau.high, 2)}]`

/** Indicators of a study in the order of its taus, then whatever else the points carry. */
export function studyIndicators(study: Study): string[] {
  const carried = study.points.flatMap((point) => ['parameters', ...Object.keys(point.indicators)])
  const ranked = study.taus.map((entry) => entry.indicator).filter((name) => carried.includes(name))
  return [...new Set([...ranked, ...carried])]
}

function scatter(study: Study, indicator: string): Panel {
  const tau = study.taus.find((entry) => entry.indicator === indicator)
  const values = study.points.flatMap((point) => {
    const x = indicator === 'parameters' ? point.parameters : (point.indicators[indicator] ?? null)
    return x === null || point.accuracy === null
      ? []
      : [{ x, accuracy: point.accuracy, cellType: `type ${point.cellType}` }]
  })
  const xDomain = paddedDomain(values.map((row) => row.x))
  const types = [...new Set(study.points.map((point) => point.cellType))].sort((a, b) => a - b)
  const kinds = { domain: types.map((type) => `type ${type}`) }
  const legend = { title: 'cell type', orient: 'bottom' } as const
  return {
    width: 222,
    height: 165,
    title: {
      text: indicator,
      subtitle: tau === undefined ? ' ' : `τ = ${formatNumber(tau.tau, 2)} ${range(tau)}`,
      limit: 300,
    },
    data: { values },
    mark: { type: 'point', filled: true, size: 38, opacity: 0.8 },
    encoding: {
      x: {
        field: 'x',
        type: 'quantitative',
        scale: { domain: xDomain, zero: false, nice: false },
        axis: { title: null, ...axisNumbers(xDomain), tickCount: 4, grid: false },
      },
      y: {
        field: 'accuracy',
        type: 'quantitative',
        scale: { domain: paddedDomain(values.map((row) => row.accuracy)), zero: false, nice: false },
        axis: { title: 'accuracy', format: '.0%', tickCount: 4 },
      },
      color: {
        field: 'cellType',
        type: 'nominal',
        scale: { ...kinds, range: [palette.blue, palette.orange, palette.purple, palette.green] },
        legend,
      },
      shape: {
        field: 'cellType',
        type: 'nominal',
        scale: { ...kinds, range: ['circle', 'square', 'triangle-up', 'diamond'] },
        legend,
      },
    },
  }
}

/** One scatter plot an indicator, three in a row. */
export function studyScatterPlot(study: Study): PlotSpec {
  return { ...plotFrame, columns: 3, concat: studyIndicators(study).map((name) => scatter(study, name)) }
}

interface ForestRow {
  readonly indicator: string
  readonly value: number
  readonly low: number | null
  readonly high: number | null
}

function forest(rows: readonly ForestRow[], order: string[], title: string, names: boolean): Panel {
  const ends = rows.flatMap((row) => [row.value, row.low ?? row.value, row.high ?? row.value, 0])
  const y = {
    field: 'indicator',
    type: 'nominal' as const,
    sort: null,
    // Not as a sort order: the plot library would write the names into an expression.
    scale: { domain: order },
    axis: { title: null, ticks: false, domain: false, labels: names, labelLimit: 200, grid: true },
  }
  const zero: Layer = {
    data: { values: [{ zero: 0 }] },
    mark: { type: 'rule', color: 'currentColor', opacity: 0.7, strokeDash: [4, 3] },
    encoding: { x: { field: 'zero', type: 'quantitative' } },
  }
  return {
    width: 320,
    height: { step: 26 },
    layer: [
      zero,
      {
        data: { values: rows.filter((row) => row.low !== null && row.high !== null) },
        mark: { type: 'rule', color: palette.blue, strokeWidth: 2 },
        encoding: { y, x: { field: 'low', type: 'quantitative' }, x2: { field: 'high' } },
      },
      {
        data: { values: [...rows] },
        mark: { type: 'point', filled: true, color: palette.blue, size: 70, opacity: 1 },
        encoding: {
          y,
          x: {
            field: 'value',
            type: 'quantitative',
            scale: { domain: paddedDomain(ends), zero: false, nice: false },
            axis: { title, format: '~g', tickCount: 5, grid: false },
          },
        },
      },
    ],
  }
}

/** Taus from the largest down; beside them their difference to the tau of the parameter count, where known. */
export function studyTauPlot(study: Study): PlotSpec {
  const known = study.taus.flatMap((entry) => (entry.tau === null ? [] : [{ ...entry, value: entry.tau }]))
  const order = [...known].sort((a, b) => b.value - a.value).map((entry) => entry.indicator)
  const differences = known.flatMap(({ indicator, differenceToParameters: difference }) =>
    difference === undefined || difference.value === null
      ? []
      : [{ indicator, value: difference.value, low: difference.low, high: difference.high }],
  )
  const panels = [forest(known, order, "Kendall's τ with accuracy", true)]
  if (differences.length > 0) panels.push(forest(differences, order, 'τ minus τ of the parameter count', false))
  return { ...plotFrame, hconcat: panels }
}
