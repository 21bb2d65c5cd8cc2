/** The report as one file: no script needed, nothing loaded from elsewhere, its data inside. */
import { renderHeadline } from './headline.js'
import { html, jsonForScript, Markup, type Section } from './markup.js'
import { parseReportData, type ReportData, type ReportInput } from './report-data.js'
import { comparisonSection } from './sections/comparison-section.js'
import { evaluationSection } from './sections/evaluation-section.js'
import { representationSection } from './sections/representation-section.js'
import { searchSection } from './sections/search-section.js'
import { datasetSection, machineSection, notesSection, reproductionSection } from './sections/setup-sections.js'
import { studySection } from './sections/study-section.js'
import { trainingSection } from './sections/training-section.js'
import { winnerSection } from './sections/winner-section.js'
import { styleSheet } from './style.js'

/** The sections the data allows, in the order in which one wants to read them. */
async function sectionsOf(data: ReportData): Promise<Section[]> {
  const sections = [
    notesSection(data),
    await comparisonSection(data),
    await studySection(data),
    await searchSection(data),
    await winnerSection(data),
    await representationSection(data),
    await trainingSection(data),
    await evaluationSection(data),
    datasetSection(data),
    machineSection(data),
    reproductionSection(data),
  ]
  return sections.filter((section) => section !== undefined)
}

/**
 * Renders a report.
 *
 * @param input report data; every section is optional, NaN and infinities are shown as a dash
 * @returns a whole HTML document that stands alone; the same data gives the same text
 * @throws ConfigError when the data does not fit the schema
 * @throws MissingDependencyError when the plot packages are not installed
 */
export async function renderReport(input: ReportInput): Promise<string> {
  const data = parseReportData(input)
  const sections = await sectionsOf(data)
  const contents = sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>\n`)
  const bodies = sections.map(
    ({ id, title, body }) => html`<section id="${id}">\n<h2>${title}</h2>\n${body}</section>\n`,
  )
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${data.createdBy}">
<title>${data.title}</title>
<style>
${new Markup(styleSheet())}
</style>
</head>
<body>
${renderHeadline(data)}<main>
${sections.length === 0 ? undefined : html`<nav aria-label="Contents"><ol>\n${contents}</ol></nav>\n`}${bodies}</main>
<footer>
<p>Made by ${data.createdBy}. The numbers behind every plot are inside this file as JSON, in the element
<code>report-data</code>.</p>
</footer>
<script type="application/json" id="report-data">${jsonForScript(data)}</script>
</body>
</html>
`
  return page.text
}
