import type { Dataset } from '../../datasets/types.js'
import { InterruptedError } from '../../errors.js'
import { adapterSection, configurationTable, datasetSection } from '../../experiment/report.js'
import type { SearchSettings } from '../../experiment/settings.js'
import { runStudy, type StudyResult } from '../../experiment/study.js'
import type { RunFolder } from '../../host/node/run-folder.js'
import { renderReport } from '../../report/html.js'
import type { Gpu } from '../../runtime/gpu.js'
import { version } from '../../version.js'
import type { Output } from '../output.js'
import { startProgress } from '../progress.js'

/** `search --study`: trains random genomes, relates indicators to accuracy, writes a report and a table. */
export async function runStudyCommand(
  gpu: Gpu,
  dataset: Dataset,
  settings: SearchSettings,
  count: number,
  folder: RunFolder,
  output: Output,
  signal: AbortSignal,
  command: string,
): Promise<void> {
  const progress = startProgress('study', count, 'genomes')
  const study = await runStudy({
    gpu,
    dataset,
    settings,
    count,
    store: folder,
    signal,
    onPoint: (done, _, point) =>
      progress.update(done, point ? `accuracy ${(100 * point.accuracy).toFixed(1)} %` : 'failed'),
  })
  progress.finish()
  if (signal.aborted && study.points.length + study.failures.length < count)
    throw new InterruptedError(
      'study',
      `stopped after ${study.points.length + study.failures.length} of ${count} networks; they are saved.`,
      `Run it again with --resume ${folder.path} --study ${count}.`,
    )
  folder.writeJson('study.json', study)
  folder.writeText('report.html', await renderReport(studyReport(gpu, dataset, settings, study, command)))
  for (const { indicator, tau, low, high, differenceToParameters: difference } of study.taus) {
    const versus = difference
      ? `, minus parameters ${difference.value.toFixed(3)} [${difference.low.toFixed(3)}, ${difference.high.toFixed(3)}]`
      : ''
    output.say(`${indicator.padEnd(20)} tau ${tau.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]${versus}`)
  }
  output.say(study.verdict)
  output.say(`Report: ${folder.file('report.html')}`)
  output.result(study)
}

function studyReport(
  gpu: Gpu,
  dataset: Dataset,
  settings: SearchSettings,
  study: StudyResult,
  command: string,
): Parameters<typeof renderReport>[0] {
  return {
    title: `Does the fitness predict anything? ${dataset.title}`,
    createdBy: `neuromotif ${version}`,
    adapter: adapterSection(gpu),
    dataset: datasetSection(dataset),
    configuration: configurationTable(settings),
    command,
    study: {
      points: study.points.map(({ key, cellType, parameters, accuracy, indicators }) => ({
        key,
        cellType,
        parameters,
        accuracy,
        indicators: Object.fromEntries(Object.entries(indicators).map(([name, value]) => [name, value ?? null])),
      })),
      taus: study.taus.map((tau) => ({ ...tau })),
      verdict: study.verdict,
    },
    notes:
      study.failures.length > 0
        ? [`${study.failures.length} genomes could not be scored and are left out: ${study.failures[0]?.reason ?? ''}`]
        : [],
  }
}
