/** One look for all plots: colours that people with colour-blindness can tell apart, quiet axes, one typeface. */
import type { Config, TopLevelSpec } from 'vega-lite'

export type PlotSpec = TopLevelSpec
export type Layer = Extract<TopLevelSpec, { layer: unknown }>['layer'][number]
export type Panel = Extract<TopLevelSpec, { hconcat: unknown }>['hconcat'][number]

/** Okabe and Ito's colours (2008), and a grey. */
export const palette = {
  blue: '#0072b2',
  vermilion: '#d55e00',
  green: '#009e73',
  orange: '#e69f00',
  purple: '#cc79a7',
  grey: '#808080',
} as const

/** Text on a coloured ground; the style sheet turns it dark where the colours turn light. */
export const onColour = '#fffffe'

/** The same colours, lighter, for a dark page; the style sheet swaps them. */
export const darkPalette: Record<keyof typeof palette, string> = {
  blue: '#5ab4ec',
  vermilion: '#ff8f4f',
  green: '#35c99d',
  orange: '#f2b632',
  purple: '#e3a0c4',
  grey: '#a3a3a3',
}

/** Axis text takes the colour of the page around it, so one drawing serves a light and a dark page. */
const ink = 'currentColor'
const font = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'

export const plotConfig: Config = {
  background: 'transparent',
  padding: 6,
  font,
  aria: false,
  view: { stroke: null },
  axis: {
    labelColor: ink,
    titleColor: ink,
    domainColor: ink,
    tickColor: ink,
    gridColor: ink,
    gridOpacity: 0.12,
    domainOpacity: 0.5,
    tickOpacity: 0.5,
    labelFontSize: 12,
    titleFontSize: 12.5,
    titleFontWeight: 500,
    labelLimit: 300,
    labelPadding: 5,
    titlePadding: 10,
    tickCount: 6,
  },
  legend: {
    labelColor: ink,
    titleColor: ink,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 500,
    titleLimit: 300,
  },
  title: {
    color: ink,
    subtitleColor: ink,
    fontSize: 13,
    subtitleFontSize: 12,
    fontWeight: 600,
    anchor: 'start',
    offset: 10,
  },
  text: { fontSize: 12 },
}

/** The whole of a drawing: spacing of panels and the common look. */
export const plotFrame = { config: plotConfig, spacing: 36 } as const
