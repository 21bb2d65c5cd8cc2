/** Which class is taken for which: a confusion matrix. */
import type { ReportSection } from '../report-data.js'
import { type Layer, onColour, type PlotSpec, palette, plotFrame } from './theme.js'

type Confusion = NonNullable<ReportSection<'evaluation'>['confusion']>

/** The matrix with shares of each true class as colour and, up to 15 classes, sample counts as text. */
export function confusionPlot(confusion: Confusion): PlotSpec {
  const { classes, matrix } = confusion
  const cells = matrix.flatMap((row, truth) => {
    const total = row.reduce((sum, value) => sum + value, 0)
    return row.map((value, predicted) => ({
      truth: classes[truth],
      predicted: classes[predicted],
      value,
      share: total === 0 ? 0 : value / total,
    }))
  })
  const step = Math.max(8, Math.min(42, Math.floor(560 / classes.length)))
  const named = classes.length <= 40
  const axis = { labels: named, ticks: false, domain: false, labelLimit: 120 } as const
  const map: Layer = {
    mark: { type: 'rect', color: palette.blue },
    encoding: {
      opacity: {
        field: 'share',
        type: 'quantitative',
        // The square root lets rare mistakes show; opacity instead of a second colour serves light and dark pages.
        scale: { type: 'sqrt', domain: [0, 1], range: [0, 1] },
        legend: {
          title: 'share of true class',
          format: '.0%',
          values: [0.01, 0.1, 0.5, 1],
          symbolType: 'square',
          symbolSize: 220,
          symbolFillColor: palette.blue,
          symbolStrokeWidth: 0,
        },
      },
    },
  }
  const grid: Layer = { mark: { type: 'rect', fillOpacity: 0, stroke: 'currentColor', strokeOpacity: 0.15 } }
  const counts: Layer = {
    transform: [{ filter: 'datum.value > 0' }],
    mark: { type: 'text', fontSize: step > 34 ? 12 : 10 },
    encoding: {
      text: { field: 'value', type: 'quantitative', format: 'd' },
      color: { condition: { test: 'datum.share > 0.3', value: onColour }, value: 'currentColor' },
    },
  }
  return {
    ...plotFrame,
    width: { step },
    height: { step },
    data: { values: cells },
    encoding: {
      x: {
        field: 'predicted',
        type: 'nominal',
        sort: null,
        axis: { ...axis, title: 'predicted class', labelAngle: -40 },
      },
      y: { field: 'truth', type: 'nominal', sort: null, axis: { ...axis, title: 'true class' } },
    },
    layer: classes.length <= 15 ? [map, grid, counts] : [map],
  }
}
