/** Networks by size and fitness with the Pareto front, and the hypervolume by generation. */
import { energyUnit } from '../format.js'
import type { ReportSection } from '../report-data.js'
import { finite } from '../statistics.js'
import { axisNumbers, paddedDomain } from './scales.js'
import { type Layer, type Panel, type PlotSpec, palette, plotFrame } from './theme.js'

type Search = ReportSection<'search'>
interface Row {
  readonly x: number
  readonly fitness: number
  readonly onFront: boolean
  readonly winner: boolean
}

const height = 290

function frontLayers(front: Row[]): Layer {
  return {
    data: { values: front },
    mark: { type: 'line', interpolate: 'step-after', color: palette.blue, strokeWidth: 1.5, opacity: 0.6 },
    encoding: { x: { field: 'x', type: 'quantitative' }, y: { field: 'fitness', type: 'quantitative' } },
  }
}

function scatter(rows: Row[], title: string, fitnessTitle: string, withLine: boolean, width: number): Panel {
  const xDomain = paddedDomain(rows.map((row) => row.x))
  const yDomain = paddedDomain(rows.map((row) => row.fitness))
  const winner = rows.filter((row) => row.winner).slice(0, 1)
  const front = rows.filter((row) => row.onFront).sort((a, b) => a.x - b.x || a.fitness - b.fitness)
  const onRight = (winner[0]?.x ?? 0) > (xDomain[0] + xDomain[1]) / 2
  const points: Layer = {
    data: { values: rows.map((row) => ({ ...row, kind: row.onFront ? 'on the front' : 'dominated' })) },
    mark: { type: 'point', filled: true },
    encoding: {
      x: {
        field: 'x',
        type: 'quantitative',
        scale: { domain: xDomain, zero: false, nice: false },
        axis: { title, ...axisNumbers(xDomain), grid: false },
      },
      y: {
        field: 'fitness',
        type: 'quantitative',
        scale: { domain: yDomain, zero: false, nice: false },
        axis: { title: fitnessTitle, ...axisNumbers(yDomain) },
      },
      color: {
        field: 'kind',
        type: 'nominal',
        scale: { domain: ['on the front', 'dominated'], range: [palette.blue, palette.grey] },
        legend: { title: null, orient: 'top', direction: 'horizontal' },
      },
      size: { condition: { test: 'datum.onFront', value: 55 }, value: 22 },
      opacity: { condition: { test: 'datum.onFront', value: 1 }, value: 0.5 },
    },
  }
  const ring: Layer = {
    data: { values: winner },
    encoding: { x: { field: 'x', type: 'quantitative' }, y: { field: 'fitness', type: 'quantitative' } },
    layer: [
      { mark: { type: 'point', filled: false, size: 200, color: palette.vermilion, strokeWidth: 2 } },
      {
        mark: {
          type: 'text',
          text: 'winner',
          color: palette.vermilion,
          fontWeight: 600,
          align: onRight ? 'right' : 'left',
          dx: onRight ? -12 : 12,
        },
      },
    ],
  }
  return { width, height, layer: [...(withLine ? [frontLayers(front)] : []), points, ring] }
}

function hypervolumePanel(values: { generation: number; value: number }[]): Panel {
  return {
    width: 240,
    height,
    data: { values },
    mark: { type: 'line', color: palette.green, strokeWidth: 2.5, point: values.length === 1 },
    encoding: {
      x: {
        field: 'generation',
        type: 'quantitative',
        axis: { tickMinStep: 1, format: 'd', grid: false, tickCount: 4 },
      },
      y: {
        field: 'value',
        type: 'quantitative',
        scale: { domain: paddedDomain(values.map((point) => point.value)), zero: false, nice: false },
        axis: { title: 'hypervolume of the front', format: '~g' },
      },
    },
  }
}

/**
 * The Pareto plot. The front is joined by a line only where it is a front in the plane shown, that is with fitness and
 * that one other objective; with a third objective the line would enclose points it does not dominate.
 *
 * @param winnerKey canonical key of the network to ring
 */
export function paretoPlot(search: Search, winnerKey?: string): PlotSpec {
  const scored = (search.pareto ?? []).flatMap((point) =>
    point.fitness === null ? [] : [{ ...point, fitness: point.fitness, winner: point.key === winnerKey }],
  )
  const withEnergy = finite(scored.map((point) => point.energy))
  const showEnergy =
    withEnergy.length > 0 && search.objectives.some((name) => name !== 'fitness' && name !== 'parameters')
  const volumes = (search.hypervolume ?? []).flatMap(({ generation, value }) =>
    value === null ? [] : [{ generation, value }],
  )
  const planar = (objective: string) => search.objectives.length === 2 && search.objectives.includes(objective)
  const width = showEnergy && volumes.length > 0 ? 280 : 460
  const fitnessTitle = search.indicator
  const bySize = scored.map((point) => ({ ...point, x: point.parameters }))
  const panels: Panel[] = [scatter(bySize, 'parameters', fitnessTitle, planar('parameters'), width)]
  if (showEnergy) {
    const { unit, size } = energyUnit(Math.max(...withEnergy))
    const byEnergy = scored.flatMap((point) => (point.energy === null ? [] : [{ ...point, x: point.energy / size }]))
    panels.push(scatter(byEnergy, `energy a sample (${unit})`, fitnessTitle, planar('energy'), width))
  }
  if (volumes.length > 0) panels.push(hypervolumePanel(volumes))
  return { ...plotFrame, hconcat: panels }
}
