/** What the figures rest on: remarks, data, machine, configuration, and the way to make them again. */
import { formatInteger } from '../format.js'
import { definitionTable, html, type Section } from '../markup.js'
import type { ReportData } from '../report-data.js'

/** Remarks on what was small or is inconclusive; undefined without any. */
export function notesSection({ notes }: ReportData): Section | undefined {
  if (notes === undefined || notes.length === 0) return undefined
  const items = notes.map((note) => html`<li>${note}</li>\n`)
  return { id: 'notes', title: 'What to keep in mind', body: html`<ul class="notes">\n${items}</ul>\n` }
}

/** The data set; undefined without one. */
export function datasetSection({ dataset }: ReportData): Section | undefined {
  if (dataset === undefined) return undefined
  const { train, validation, test } = dataset.counts
  const body = definitionTable([
    ['name', dataset.title],
    ['source', dataset.source],
    ['licence', dataset.licence],
    [`${dataset.classes.length} classes`, dataset.classes.join(', ')],
    ['training samples', formatInteger(train)],
    ['validation samples', `${formatInteger(validation)}, held out from the training files`],
    ['test samples', formatInteger(test)],
  ])
  return { id: 'data', title: 'Data', body }
}

/** The adapter; undefined without one. */
export function machineSection({ adapter }: ReportData): Section | undefined {
  if (adapter === undefined) return undefined
  const body = definitionTable([
    ['adapter', adapter.description],
    ['vendor', adapter.vendor],
    ['architecture', adapter.architecture],
    ['driver', adapter.driver],
    ['kind', adapter.software ? 'software driver, no GPU' : 'GPU'],
  ])
  return { id: 'machine', title: 'Machine', body }
}

/** Command line and configuration; undefined without either. */
export function reproductionSection({ command, configuration }: ReportData): Section | undefined {
  if (command === undefined && configuration === undefined) return undefined
  const line =
    command === undefined
      ? undefined
      : html`<p>The same command with the same seed gives the same bits on the same adapter and driver; elsewhere, numbers
differ by rounding.</p>
<pre class="wrap"><code>${command}</code></pre>
`
  const table =
    configuration === undefined
      ? undefined
      : definitionTable(
          Object.entries(configuration).map(([name, value]) => [name, value === null ? '–' : String(value)]),
        )
  return { id: 'reproduction', title: 'Make it again', body: html`${line}${table}` }
}
