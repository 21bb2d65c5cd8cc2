/** Loss, accuracy and learning rate over the training steps. */
import type { ReportSection } from '../report-data.js'
import { finite } from '../statistics.js'
import { axisNumbers, paddedDomain, spreadLabels } from './scales.js'
import { type Layer, type Panel, type PlotSpec, palette, plotFrame } from './theme.js'

type Training = ReportSection<'training'>
type Point = Training['curves'][number]
interface Line {
  readonly label: string
  readonly colour: string
  readonly value: (point: Point) => number | null
}

const height = 240

function panel(curves: readonly Point[], title: string, lines: readonly Line[], format: string, width: number): Panel {
  const rows = lines.map((line) =>
    curves.flatMap((point) => {
      const y = line.value(point)
      return y === null ? [] : [{ step: point.step, y }]
    }),
  )
  const domain = paddedDomain(finite(rows.flat().map((row) => row.y)))
  const last = Math.max(1, ...curves.map((point) => point.step))
  const ends = lines.flatMap((line, i) => {
    const end = rows[i]?.[(rows[i]?.length ?? 0) - 1]
    return end === undefined ? [] : [{ label: line.label, colour: line.colour, value: end.y }]
  })
  const drawn = lines.map((line, i): Layer => {
    const values = rows[i] ?? []
    const sparse = values.length <= 30
    return {
      data: { values },
      mark: {
        type: 'line',
        color: line.colour,
        strokeWidth: 2,
        point: sparse ? { color: line.colour, filled: true, size: 22 } : false,
      },
      encoding: {
        x: {
          field: 'step',
          type: 'quantitative',
          scale: { domain: [0, last], nice: false },
          axis: { title: 'training step', ...axisNumbers([0, last]), tickCount: 4, grid: false },
        },
        y: {
          field: 'y',
          type: 'quantitative',
          scale: { domain, zero: false, nice: false },
          axis: { title, format },
        },
      },
    }
  })
  const labels = spreadLabels(lines.length > 1 ? ends : [], domain, height).map(
    ({ label, colour, at }): Layer => ({
      data: { values: [{ label, at, step: last }] },
      mark: { type: 'text', align: 'left', dx: 8, color: colour, fontWeight: 600 },
      encoding: {
        x: { field: 'step', type: 'quantitative' },
        y: { field: 'at', type: 'quantitative' },
        text: { field: 'label' },
      },
    }),
  )
  return { width, height, layer: [...drawn, ...labels] }
}

/** Training curves; a panel without a single value is left out. */
export function trainingCurvesPlot(training: Training): PlotSpec {
  const { curves } = training
  const loss: Line = { label: 'loss', colour: palette.vermilion, value: (point) => point.loss }
  const train: Line = { label: 'training', colour: palette.grey, value: (point) => point.trainAccuracy }
  const held: Line = { label: 'validation', colour: palette.blue, value: (point) => point.validationAccuracy }
  const rate: Line = { label: 'learning rate', colour: palette.green, value: (point) => point.learningRate }
  const present = (line: Line) => finite(curves.map(line.value)).length > 0
  const accuracies = [train, held].filter(present)
  const panels: Panel[] = []
  if (present(loss)) panels.push(panel(curves, 'training loss', [loss], '~g', 280))
  if (accuracies.length > 0) {
    const title = accuracies.length === 1 ? `${accuracies[0]?.label} accuracy` : 'accuracy'
    panels.push(panel(curves, title, accuracies, '.0%', 280))
  }
  if (present(rate)) panels.push(panel(curves, 'learning rate', [rate], '~g', 150))
  return { ...plotFrame, hconcat: panels }
}
