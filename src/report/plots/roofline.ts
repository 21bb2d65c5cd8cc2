/** Kernels against the two ceilings of a device (Williams, Waterman & Patterson, CACM 2009), and where time goes. */
import type { DeviceCeilings } from '../../runtime/profiler/ceilings.js'
import type { PhaseProfile } from '../../runtime/profiler/profile.js'
import type { KernelSummary } from '../../runtime/profiler/summary.js'
import { spreadLabels } from './scales.js'
import { type Layer, type PlotSpec, palette, plotFrame } from './theme.js'

const size = { width: 560, height: 340 }

const log = (field: string, title: string, [low, high]: readonly [number, number]) => ({
  field,
  type: 'quantitative' as const,
  scale: { type: 'log' as const, domain: [low, high], nice: false },
  axis: { title, format: '~g', tickCount: 6, labelOverlap: true },
})

/** Powers of two around the values, at least a factor of two on both sides. */
function span(values: readonly number[]): [number, number] {
  const low = Math.min(...values)
  const high = Math.max(...values)
  return [2 ** Math.floor(Math.log2(low) - 0.5), 2 ** Math.ceil(Math.log2(high) + 0.5)]
}

/** Kernels that do arithmetic: others have no place on a roofline. */
export const onRoofline = (kernels: readonly KernelSummary[]): KernelSummary[] =>
  kernels.filter(({ intensity, neededFlops, milliseconds }) => intensity > 0 && neededFlops > 0 && milliseconds > 0)

/** Arithmetic a byte against arithmetic a second; the closer to the line, the less there is to gain. */
export function rooflinePlot(phases: readonly PhaseProfile[], ceilings: DeviceCeilings): PlotSpec {
  const { copyGigabytesPerSecond: bandwidth, multiplyAddGigaflopsPerSecond: peak } = ceilings
  const rows = phases.flatMap(({ name, kernels }) =>
    onRoofline(kernels).map((kernel) => ({
      kernel: kernel.kernel,
      phase: name,
      intensity: kernel.intensity,
      rate: kernel.neededFlops / kernel.milliseconds / 1e6,
      share: kernel.share,
    })),
  )
  const ridge = peak / bandwidth
  const [left, right] = span([...rows.map((row) => row.intensity), ridge])
  const [low, high] = span([...rows.map((row) => row.rate), peak])
  const roof = [left, ridge, right].map((x) => ({ x, y: Math.min(peak, x * bandwidth) }))
  const x = log('intensity', 'operations a byte', [left, right])
  const y = log('rate', '10⁹ operations a second', [low, high])
  const line: Layer = {
    data: { values: roof },
    mark: { type: 'line', color: palette.vermilion, strokeWidth: 2, clip: true },
    encoding: { x: { ...x, field: 'x' }, y: { ...y, field: 'y' } },
  }
  const labels: Layer = {
    data: {
      values: [{ x: right, y: peak, text: `${peak.toPrecision(3)} GFLOP/s`, align: 'right' }],
    },
    mark: { type: 'text', align: 'right', dy: -8, color: palette.vermilion },
    encoding: { x: { ...x, field: 'x' }, y: { ...y, field: 'y' }, text: { field: 'text' } },
  }
  const slope: Layer = {
    data: {
      values: [
        {
          x: Math.sqrt(left * ridge),
          y: Math.sqrt(left * ridge) * bandwidth,
          text: `${bandwidth.toPrecision(3)} GB/s`,
        },
      ],
    },
    mark: { type: 'text', align: 'right', dx: -8, dy: -6, color: palette.vermilion },
    encoding: { x: { ...x, field: 'x' }, y: { ...y, field: 'y' }, text: { field: 'text' } },
  }
  const points: Layer = {
    data: { values: rows },
    mark: { type: 'point', filled: true, opacity: 0.75 },
    encoding: {
      x,
      y,
      size: {
        field: 'share',
        type: 'quantitative',
        scale: { domain: [0, 1], range: [25, 900] },
        legend: { title: 'share of time', format: '.0%', values: [0.05, 0.2, 0.5] },
      },
      color: {
        field: 'phase',
        type: 'nominal',
        scale: { domain: phases.map(({ name }) => name), range: [palette.blue, palette.green, palette.purple] },
        legend: phases.length > 1 ? { title: null, orient: 'top' } : null,
      },
    },
  }
  return { ...plotFrame, ...size, layer: [line, labels, slope, points, ...nameLayers(rows, x, y)] }
}

interface Point {
  readonly kernel: string
  readonly intensity: number
  readonly rate: number
  readonly share: number
}

/** Names of the kernels that take most time, each once, towards the middle and clear of each other. */
function nameLayers(rows: readonly Point[], x: ReturnType<typeof log>, y: ReturnType<typeof log>): Layer[] {
  const [left = 1, right = 1] = x.scale.domain
  const [low = 1, high = 1] = y.scale.domain
  const named = [...new Map([...rows].sort((a, b) => a.share - b.share).map((row) => [row.kernel, row])).values()]
  const longest = named.sort((a, b) => b.share - a.share).slice(0, 6)
  const ends = longest.map((row) => ({ ...row, label: row.kernel, value: Math.log2(row.rate) }))
  const placed = spreadLabels(ends, [Math.log2(low), Math.log2(high)], size.height).map((row) => ({
    ...row,
    height: 2 ** row.at,
    leftwards: row.intensity > Math.sqrt(left * right),
  }))
  return [true, false].map((leftwards) => ({
    data: { values: placed.filter((row) => row.leftwards === leftwards) },
    mark: {
      type: 'text',
      align: leftwards ? 'right' : 'left',
      dx: leftwards ? -18 : 9,
      dy: 3,
      fontSize: 11,
      color: 'currentColor',
    },
    encoding: { x, y: { ...y, field: 'height' }, text: { field: 'kernel' } },
  }))
}

/** Time of each kernel of a phase: what the ceilings allow, and the rest. */
export function kernelTimePlot(phase: PhaseProfile, most = 16): PlotSpec {
  const shown = phase.kernels.slice(0, most)
  const parts = ['at the ceiling', 'above it'] as const
  const values = shown.flatMap(({ kernel, milliseconds, ofCeiling }) => {
    const ideal = Math.min(1, ofCeiling) * milliseconds
    return [
      { kernel, part: parts[0], order: 0, milliseconds: ideal },
      { kernel, part: parts[1], order: 1, milliseconds: milliseconds - ideal },
    ]
  })
  return {
    ...plotFrame,
    width: 420,
    height: { step: 21 },
    data: { values },
    mark: { type: 'bar', height: { band: 0.68 } },
    encoding: {
      y: {
        field: 'kernel',
        type: 'nominal',
        scale: { domain: shown.map(({ kernel }) => kernel) },
        axis: { title: null, ticks: false, labelLimit: 340 },
      },
      x: {
        field: 'milliseconds',
        type: 'quantitative',
        stack: 'zero',
        axis: { title: 'milliseconds', format: '~g', grid: false },
      },
      order: { field: 'order', type: 'quantitative' },
      color: {
        field: 'part',
        type: 'nominal',
        scale: { domain: [...parts], range: [palette.green, palette.grey] },
        legend: { title: null, orient: 'top' },
      },
    },
  }
}
