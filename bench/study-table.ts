/**
 * The table of a study (`neuromotif search <dataset> --study N`) as Markdown and JSON, for bench/results.
 * Run: node --import tsx bench/study-table.ts <run folder> <name>
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StudyResult } from '../src/experiment/study.js'

const [folder = '', name = 'study'] = process.argv.slice(2)
const study = JSON.parse(readFileSync(join(folder, 'study.json'), 'utf8')) as StudyResult
const settings = JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8')) as Record<string, unknown>
const date = new Date().toISOString().slice(0, 10)
const fixed = (value: number) => value.toFixed(3)
const accuracies = study.points.map(({ accuracy }) => accuracy).sort((a, b) => a - b)
const quantile = (share: number) =>
  accuracies[Math.min(accuracies.length - 1, Math.floor(share * accuracies.length))] ?? Number.NaN

const lines = [
  `# Does the fitness predict accuracy? (${date})`,
  '',
  `${study.points.length} random networks, stratified by cell type, each trained on ${(settings.training as { maxSamples?: number }).maxSamples ?? 'all'} samples of ${String(settings.dataset)}; Kendall's τ of each indicator of the untrained network with validation accuracy, 95 % percentile bootstrap over 4,000 resamples. ${study.failures.length} genomes could not be scored.`,
  '',
  `Accuracy after training: minimum ${fixed(quantile(0))}, quartiles ${fixed(quantile(0.25))}, ${fixed(quantile(0.5))}, ${fixed(quantile(0.75))}, maximum ${fixed(accuracies[accuracies.length - 1] ?? Number.NaN)}.`,
  '',
  '| indicator | τ | 95 % interval | τ minus τ of parameter count | 95 % interval |',
  '|---|---:|---|---:|---|',
  ...study.taus.map(
    ({ indicator, tau, low, high, differenceToParameters: d }) =>
      `| ${indicator} | ${fixed(tau)} | ${fixed(low)} … ${fixed(high)} | ${d ? fixed(d.value) : '–'} | ${d ? `${fixed(d.low)} … ${fixed(d.high)}` : '–'} |`,
  ),
  '',
  study.verdict,
  '',
  'Settings:',
  '',
  '```json',
  JSON.stringify(settings, null, 1),
  '```',
  '',
]
mkdirSync('bench/results/software', { recursive: true })
const base = join('bench/results/software', `${date}-${name}`)
writeFileSync(`${base}.md`, lines.join('\n'))
writeFileSync(`${base}.json`, `${JSON.stringify({ settings, ...study }, null, 1)}\n`)
console.log(`${base}.md`)
