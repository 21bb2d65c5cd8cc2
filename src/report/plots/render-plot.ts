/** Vega-Lite specification in, SVG text out; no canvas and no document needed. */
import type { Loader } from 'vega'
import { MissingDependencyError } from '../../errors.js'
import { Markup } from '../markup.js'
import type { PlotSpec } from './theme.js'

async function loadVega() {
  try {
    const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')])
    return { vega, vegaLite }
  } catch (cause) {
    throw new MissingDependencyError(
      'report',
      'plots need the packages vega and vega-lite; they could not be loaded.',
      'Run: npm install vega vega-lite',
      { cause },
    )
  }
}

/** All data is in the specification: whoever asks for a file or an address is refused. */
const refusingLoader: Loader = {
  load: async (address) => Promise.reject(new Error(`a plot asked for ${address}`)),
  sanitize: async (address) => Promise.reject(new Error(`a plot asked for ${address}`)),
  http: async (address) => Promise.reject(new Error(`a plot asked for ${address}`)),
  file: async (name) => Promise.reject(new Error(`a plot asked for ${name}`)),
}

/** Ids count up over the life of the process and repeat between plots; named anew they are stable and unique. */
function renameIds(svg: string, prefix: string): string {
  const names = new Map<string, string>()
  for (const [, id] of svg.matchAll(/ id="([^"]+)"/g)) {
    if (id !== undefined && !names.has(id)) names.set(id, `${prefix}-${names.size}`)
  }
  return svg
    .replace(/ id="([^"]+)"/g, (_, id: string) => ` id="${names.get(id) ?? id}"`)
    .replace(/url\(#([^)]+)\)/g, (_, id: string) => `url(#${names.get(id) ?? id})`)
}

/**
 * Draws a plot.
 *
 * @param name unique in the page; starts the ids inside the drawing
 * @param description what the plot shows, read out in its place
 * @param onWarning told what the plot library complains about
 * @returns an svg element
 * @throws MissingDependencyError when the plot packages are not installed
 */
export async function renderPlot(
  name: string,
  spec: PlotSpec,
  description: string,
  onWarning: (message: string) => void = () => {},
): Promise<Markup> {
  const { vega, vegaLite } = await loadVega()
  const logger = vega.logger(vega.Warn, undefined, (_method, _level, words) => onWarning(words.join(' ')))
  const compiled = vegaLite.compile(spec, { logger })
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none', logger, loader: refusingLoader })
  const svg = await view.toSVG()
  view.finalize()
  const label = description.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
  return new Markup(
    renameIds(svg, name)
      .replace(/ xmlns(:xlink)?="[^"]*"/g, '')
      .replace(' class="marks"', ` role="img" aria-label="${label}"`),
  )
}
