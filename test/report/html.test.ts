import { describe, expect, it } from 'vitest'
import { renderReport } from '../../src/report/html.js'
import { parseReportData, type ReportInput } from '../../src/report/report-data.js'
import { fullExample, minimalExample } from './example-data.js'
import { htmlFault } from './well-formed.js'

const embedded = (page: string): unknown =>
  JSON.parse(/<script type="application\/json" id="report-data">(.*?)<\/script>/s.exec(page)?.[1] ?? '')

/** Text a reader sees, without style and data. */
const visible = (page: string) => page.replace(/<(style|script)[^>]*>.*?<\/\1>/gs, '')

const sectionsIn = (page: string) => [...page.matchAll(/<section id="(\w+)">/g)].map((match) => match[1])

describe('the report page', () => {
  it('is well-formed, whole and minimal', async () => {
    expect(htmlFault(await renderReport(fullExample()))).toBeNull()
    expect(htmlFault(await renderReport(minimalExample()))).toBeNull()
  })

  it('is checked by something that notices faults', () => {
    expect(htmlFault('<p><b>x</p></b>')).toContain('closes')
    expect(htmlFault('<div>')).toContain('never closed')
    expect(htmlFault('<a title="x>y</a>')).toContain('no tag')
    expect(htmlFault('1 < 2')).toContain('no tag')
  })

  it('is the same text every time', async () => {
    expect(await renderReport(fullExample())).toBe(await renderReport(fullExample()))
  })

  it('loads nothing: it names no address, and every link stays inside the page', async () => {
    const page = await renderReport(fullExample())
    expect(page).not.toMatch(/https?:|\/\/[a-z]|@import|<(img|link|iframe|object|embed)\b|\bsrc=/i)
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1])
    expect(new Set(ids).size).toBe(ids.length)
    const targets = [...page.matchAll(/(?:href="|url\()([^")]*)/g)].map((match) => match[1] ?? '')
    expect(targets.length).toBeGreaterThan(5)
    for (const target of targets) expect(ids).toContain(target.replace(/^#/, ''))
  })

  it('runs no script: its only script element holds the data', async () => {
    const page = await renderReport(fullExample())
    expect(page.match(/<script/g)).toHaveLength(1)
    expect(page).not.toMatch(/\son\w+="/)
    expect(embedded(page)).toEqual(parseReportData(fullExample()))
  })

  it('shows a hostile text as text, wherever it comes from', async () => {
    const hostile = '</script><script>alert("x")</script><!-- \u2028 & \'"'
    const full = fullExample()
    const page = await renderReport({
      ...full,
      title: hostile,
      createdBy: hostile,
      command: hostile,
      notes: [hostile],
      configuration: { [hostile]: hostile },
      dataset: { ...dataset(full), title: hostile, classes: [hostile] },
      rdm: { population: hostile, matrix: [[0]], labels: [hostile] },
      comparison: [{ name: hostile, seeds: [{ seed: 0, accuracy: 0.5 }], parameters: 3 }],
      firingRates: [{ layer: hostile, rate: 0.1, neurons: 3 }],
      winner: {
        genome: [0],
        key: hostile,
        seed: 0,
        parameters: 0,
        macs: 0,
        synapticOperations: 0,
        motifs: [{ cell: 0, name: hostile }],
        graph: { nodes: [{ id: hostile, label: hostile, kind: 'node', cell: 0, width: 1, side: 1 }], edges: [] },
      },
      study: { points: [], taus: [{ indicator: hostile, tau: 0, low: -1, high: 1 }], verdict: hostile },
      evaluation: {
        accuracy: 1,
        loss: 0,
        spikesPerSample: 0,
        synapticOperations: 0,
        confusion: { classes: [hostile], matrix: [[1]] },
      },
    })
    expect(page.match(/<script/g)).toHaveLength(1)
    expect(page).not.toContain('<!--')
    expect(htmlFault(page)).toBeNull()
    expect(embedded(page)).toMatchObject({ title: hostile, notes: [hostile] })
  })

  const parts: [keyof ReportInput, string][] = [
    ['notes', 'notes'],
    ['comparison', 'comparison'],
    ['study', 'study'],
    ['search', 'search'],
    ['winner', 'winner'],
    ['rdm', 'spikes'],
    ['raster', 'spikes'],
    ['firingRates', 'spikes'],
    ['training', 'training'],
    ['evaluation', 'evaluation'],
    ['dataset', 'data'],
    ['adapter', 'machine'],
    ['command', 'reproduction'],
    ['configuration', 'reproduction'],
  ]
  it.each(parts)('with only %s has only the section "%s", and a link to it', async (part, section) => {
    const page = await renderReport({ ...minimalExample(), [part]: fullExample()[part] })
    expect(sectionsIn(page)).toEqual([section])
    expect([...page.matchAll(/<a href="#(\w+)">/g)].map((match) => match[1])).toEqual([section])
  })

  it('has every section when it has all data, and none without', async () => {
    expect(new Set(sectionsIn(await renderReport(fullExample())))).toEqual(new Set(parts.map(([, section]) => section)))
    expect(sectionsIn(await renderReport(minimalExample()))).toEqual([])
  })

  it('shows a dash for numbers that are not finite, and draws no such point', async () => {
    const nothing = Number.NaN
    const page = await renderReport({
      ...minimalExample(),
      rdm: { population: 'p', matrix: [[nothing]], labels: ['a'] },
      training: {
        curves: [
          {
            step: 0,
            epoch: 0,
            loss: nothing,
            trainAccuracy: nothing,
            validationAccuracy: null,
            learningRate: Number.POSITIVE_INFINITY,
          },
        ],
      },
      evaluation: {
        accuracy: nothing,
        loss: Number.NEGATIVE_INFINITY,
        spikesPerSample: nothing,
        synapticOperations: nothing,
      },
    })
    expect(visible(page)).toContain('<dd>–')
    expect(visible(page)).toContain('<th scope="row">loss</th><td>–</td>')
    expect(visible(page)).not.toMatch(/NaN|Infinity|undefined|null/)
  })

  it('never shows NaN, undefined or null in a full report', async () => {
    expect(visible(await renderReport(fullExample()))).not.toMatch(/NaN|Infinity|undefined|\bnull\b|\[object/)
  })
})

function dataset(input: ReportInput): NonNullable<ReportInput['dataset']> {
  if (input.dataset === undefined) throw new Error('the full example has a data set')
  return input.dataset
}
