/** A profile for people: a text table, and one page that stands alone. */
import type { Profile } from '../runtime/profiler/profile.js'
import type { KernelSummary } from '../runtime/profiler/summary.js'
import { dash, formatCount, formatNumber, formatPercent } from './format.js'
import { definitionTable, figure, html, jsonForScript, Markup } from './markup.js'
import { renderPlot } from './plots/render-plot.js'
import { kernelTimePlot, onRoofline, rooflinePlot } from './plots/roofline.js'
import { styleSheet } from './style.js'

interface Column {
  readonly title: string
  readonly value: (kernel: KernelSummary) => string
}

const orDash = (value: number, shown: string): string => (value > 0 ? shown : dash)

const columns: readonly Column[] = [
  { title: 'kernel', value: ({ kernel }) => kernel },
  { title: 'calls', value: ({ calls }) => String(calls) },
  { title: 'ms', value: ({ milliseconds }) => formatNumber(milliseconds) },
  { title: 'share', value: ({ share }) => formatPercent(share) },
  { title: 'bytes', value: ({ bytes }) => formatCount(bytes) },
  { title: 'FLOP', value: ({ flops }) => orDash(flops, formatCount(flops)) },
  { title: 'GB/s', value: ({ gigabytesPerSecond }) => formatNumber(gigabytesPerSecond) },
  { title: 'GFLOP/s', value: ({ flops, gigaflopsPerSecond }) => orDash(flops, formatNumber(gigaflopsPerSecond)) },
  { title: 'active', value: ({ activity }) => formatPercent(activity) },
  { title: 'GSOP/s', value: ({ gigaSpikeOperationsPerSecond }) => formatNumber(gigaSpikeOperationsPerSecond) },
  { title: 'of ceiling', value: ({ ofCeiling }) => formatPercent(ofCeiling, ofCeiling < 0.01 ? 2 : 0) },
  { title: 'bound by', value: ({ bound }) => bound },
]

/** What the columns mean, in one paragraph. */
export const profileLegend =
  'Bytes are the least a kernel must move, each once; FLOP its arithmetic as if every input were dense. Where spikes drive it: the share of neurons that fired, and accumulates they caused a second (GSOP/s). Of ceiling: the time that copying those bytes or doing the arithmetic asked for would take at the measured ceilings, over the time taken.'

function tableText(kernels: readonly KernelSummary[]): string {
  const rows = [
    columns.map(({ title }) => title),
    ...kernels.map((kernel) => columns.map(({ value }) => value(kernel))),
  ]
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row.map((cell, k) => (k === 0 ? cell.padEnd(widths[k] ?? 0) : cell.padStart(widths[k] ?? 0))).join('  '),
    )
    .join('\n')
}

const phaseLine = ({ name, gpuMilliseconds, wallMilliseconds, dispatches }: Profile['phases'][number]): string => {
  const wall = wallMilliseconds === null ? '' : `, ${formatNumber(wallMilliseconds)} ms by the clock on the wall`
  return `${name}: ${formatNumber(gpuMilliseconds)} ms in ${dispatches.length} ${dispatches.length === 1 ? 'dispatch' : 'dispatches'}${wall}`
}

const ceilingLine = ({ ceilings }: Profile): string =>
  `${formatNumber(ceilings.copyGigabytesPerSecond)} GB/s copying, ${formatNumber(ceilings.multiplyAddGigaflopsPerSecond)} GFLOP/s of multiply-adds`

/** The profile as text. */
export const profileText = (profile: Profile): string =>
  [
    `${profile.target} on ${profile.adapter}`,
    `Ceilings measured here: ${ceilingLine(profile)}`,
    ...profile.phases.flatMap((phase) => ['', phaseLine(phase), tableText(phase.kernels)]),
    '',
    profileLegend,
    profile.timing.note,
  ].join('\n')

/** The roofline of a profile; null when no kernel does arithmetic. */
export async function rooflineDrawing(profile: Profile): Promise<Markup | null> {
  if (profile.phases.every(({ kernels }) => onRoofline(kernels).length === 0)) return null
  const spec = rooflinePlot(profile.phases, profile.ceilings)
  return renderPlot('roofline', spec, 'Arithmetic a byte and a second of each kernel under the device’s ceilings')
}

const table = (kernels: readonly KernelSummary[]): Markup => {
  const head = columns.map(({ title }) => html`<th scope="col">${title}</th>`)
  const rows = kernels.map((kernel) => html`<tr>${columns.map(({ value }) => html`<td>${value(kernel)}</td>`)}</tr>\n`)
  return html`<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>\n${rows}</tbody></table></div>\n`
}

/**
 * The page.
 * @throws MissingDependencyError when the plot packages are not installed
 */
export async function renderProfile(profile: Profile, createdBy: string): Promise<string> {
  const roofline = await rooflineDrawing(profile)
  const sections: Markup[] = []
  for (const [index, phase] of profile.phases.entries()) {
    const drawing = await renderPlot(`time${index}`, kernelTimePlot(phase), `Time of each kernel: ${phase.name}`)
    sections.push(html`<section id="phase${index}">
<h2>${phase.name}</h2>
<p>${phaseLine(phase)}</p>
${figure('Where the time goes', drawing, html`Green is the time that the lower of the two ceilings allows.`)}${table(phase.kernels)}</section>
`)
  }
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${createdBy}">
<title>Profile of ${profile.target}</title>
<style>
${new Markup(styleSheet())}
</style>
</head>
<body>
<header><h1>Profile of ${profile.target}</h1><p class="subtitle">${profile.adapter}</p></header>
<main>
${definitionTable([
  ['ceilings, measured here', ceilingLine(profile)],
  ['runs of each phase', profile.repeats],
  ['timing', profile.timing.note],
  ['columns', profileLegend],
])}${
  roofline === null
    ? undefined
    : figure(
        'Roofline',
        roofline,
        html`Each point is a kernel, its area the share of time. On the line it does all that
the device can; the distance to it, straight up, is what could be gained. Kernels that only move data have no place here.`,
      )
}${sections}</main>
<footer><p>Made by ${createdBy}. The numbers are inside this file as JSON, in the element <code>profile-data</code>.</p></footer>
<script type="application/json" id="profile-data">${jsonForScript(profile)}</script>
</body>
</html>
`
  return page.text
}
