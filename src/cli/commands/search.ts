import { existsSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { InterruptedError } from '../../errors.js'
import { checkBudget, estimateTraining } from '../../experiment/estimate.js'
import { dataShape, modelOf } from '../../experiment/network.js'
import { searchReport } from '../../experiment/report.js'
import {
  checkRun,
  type RunEvent,
  randomArchitecture,
  runSearchExperiment,
  type SearchRunResult,
} from '../../experiment/search-run.js'
import { presetNames, presetTitles, type SearchSettings } from '../../experiment/settings.js'
import { checkpointIn } from '../../experiment/store.js'
import type { RunFolder } from '../../host/node/run-folder.js'
import { exportArchive } from '../../nas/archive.js'
import { objectiveNames } from '../../nas/objectives.js'
import { indicatorNames } from '../../nas/types.js'
import { renderReport } from '../../report/html.js'
import { mebibytes } from '../../runtime/buffer-pool.js'
import type { Gpu } from '../../runtime/gpu.js'
import { version } from '../../version.js'
import { addDataOptions, loadForCommand } from '../data.js'
import { interruptSignal } from '../interrupt.js'
import { noSwitchOption, noTuneOption, openGpuOfRun, recordTuning } from '../open-gpu.js'
import { activationsOption, decimalNumber, listOf, wholeNumber } from '../options.js'
import { makeOutput, type Output } from '../output.js'
import { formatSeconds, type Progress, startProgress } from '../progress.js'
import { prepareRun, type SearchFlags } from './search-settings.js'
import { runStudyCommand } from './study.js'

export function addSearchCommand(program: Command): void {
  const command = program
    .command('search')
    .description('evolve an architecture with the training-free fitness, train the winner, write a report')
    .argument('[dataset]', 'data set to search on (see "neuromotif data list")')
    .addOption(
      new Option('--preset <name>', presetNames.map((name) => `${name}: ${presetTitles[name]}`).join('; '))
        .choices([...presetNames])
        .default('quick'),
    )
    .option('--config <file>', 'JSON file with settings; they override the preset, options override them')
    .option('--seed <n>', 'seed of everything random', wholeNumber(0))
    .option('--out <folder>', 'run folder (default: runs/<dataset>-<preset>-s<seed>)')
    .option('--resume [folder]', 'go on with an interrupted run (default: the folder that --out names)')
    .option(
      '--study <n>',
      'train n random genomes instead and relate every indicator to their accuracy',
      wholeNumber(3),
    )
    .option(
      '--compare <n>',
      'train winner, random genomes and a hand-made network with n seeds each (0: winner only)',
      wholeNumber(0),
    )
    .option('--width <channels>', 'channels of the first cells', wholeNumber(2))
    .option('--steps <t>', 'time steps of a sample', wholeNumber(1))
    .option('--cells <n>', 'cells of an architecture', wholeNumber(1))
    .addOption(new Option('--semantics <name>', 'decoding of the genome').choices(['clean', 'reference']))
    .option('--residual-for-inhibitory', 'give nodes that only inhibition feeds the newest input as well')
    .option('--signed-motifs', 'make lateral and mutual inhibition of cell type 2 inhibit')
    .option('--population <n>', 'parents and children of a generation', wholeNumber(2))
    .option('--generations <n>', 'generations, the first included', wholeNumber(1))
    .option('--objectives <names>', `comma-separated out of ${objectiveNames.join(', ')}`, listOf)
    .addOption(new Option('--indicator <name>', 'fitness').choices([...indicatorNames]))
    .option('--fitness-batch <n>', 'samples that a fitness looks at', wholeNumber(1))
    .option('--weight-seeds <n>', 'draws of random weights for each genome', wholeNumber(1))
    .option('--no-baseline', 'leave out random search with the same budget')
    .option('--samples <n>', 'training samples of each network', wholeNumber(1))
    .option('--epochs <n>', 'training epochs (unless --samples is given)', wholeNumber(1))
    .option('--batch <n>', 'training batch', wholeNumber(1))
    .option('--learning-rate <x>', 'peak learning rate', decimalNumber)
    .option('--recompute', 'compute currents again in the backward pass: less memory, more time')
    .addOption(activationsOption())
    .option(...noTuneOption)
    .option(...noSwitchOption)
    .option('--json', 'print the result as JSON', false)
    .addHelpText(
      'after',
      '\nExamples:\n  neuromotif search fashion-mnist\n  neuromotif search digits --generations 10 --objectives fitness,energy\n  neuromotif search fashion-mnist --study 60 --samples 6400',
    )
    .action(runSearchCommand)
  addDataOptions(command)
}

async function runSearchCommand(dataset: string | undefined, flags: SearchFlags): Promise<void> {
  const output = makeOutput(flags.json)
  const { folder, settings, resumed } = await prepareRun(dataset, flags)
  const interrupt = interruptSignal(output.say)
  const gpu = await openGpuOfRun(folder, flags, resumed)
  try {
    output.say(`Adapter: ${gpu.name}${gpu.facts.software ? ' (software: right, but slow)' : ''}`)
    const data = await loadForCommand(settings, flags, output, interrupt.signal, {
      fallback: dataset === undefined || settings.dataset === 'fashion-mnist',
    })
    checkRun(data, settings)
    output.say(
      `Data: ${data.title}, ${data.train.count} training, ${data.validation.count} validation and ${data.test.count} test samples (${data.source})`,
    )
    output.say(`Run folder: ${folder.path}${resumed ? ' (going on with the run that is there)' : ''}`)
    if (flags.study) {
      folder.writeJson('settings.json', settings)
      recordTuning(folder, gpu)
      await runStudyCommand(gpu, data, settings, flags.study, folder, output, interrupt.signal, commandLine())
      return
    }
    announce(gpu, data, settings, output)
    folder.writeJson('settings.json', settings)
    recordTuning(folder, gpu)
    const ledger = await folder.openLedger()
    try {
      const view = new SearchView(output)
      const result = await runSearchExperiment({
        gpu,
        dataset: data,
        settings,
        signal: interrupt.signal,
        onEvent: (event) => view.show(event),
        store: {
          ledger,
          checkpoint: (name) => checkpointIn(folder, `checkpoints/${name}.safetensors`),
          loadPart: (name) => folder.loadPart(name),
          savePart: (name, value) => folder.savePart(name, value),
        },
      }).catch((cause: unknown) => {
        if (!(cause instanceof InterruptedError)) throw cause
        throw new InterruptedError(
          'search',
          'was stopped; all that was done is saved.',
          `Go on with: neuromotif search --resume ${folder.path}`,
          { cause },
        )
      })
      view.end()
      folder.writeText('archive.json', `${exportArchive(ledger)}\n`)
      folder.writeJson('winner.json', winnerFile(settings, result))
      const report = searchReport(gpu, data, settings, result, {
        command: commandLine(),
        createdBy: `neuromotif ${version}`,
      })
      folder.writeText('report.html', await renderReport(report))
      summarize(result, folder, output)
    } finally {
      ledger.close()
    }
  } finally {
    interrupt.dispose()
    await gpu.close()
  }
}

export const commandLine = (): string =>
  ['neuromotif', ...process.argv.slice(2)]
    .map((part) => (/[^\w./:=,-]/.test(part) ? JSON.stringify(part) : part))
    .join(' ')

/** What `train` and `eval` need to build the winner again. */
const winnerFile = (settings: SearchSettings, result: SearchRunResult) => ({
  genome: result.winnerGenome,
  key: result.winner.key,
  dataset: settings.dataset,
  seed: settings.seed,
  data: settings.data,
  network: settings.network,
  training: settings.training,
})

function announce(
  gpu: Gpu,
  data: Awaited<ReturnType<typeof loadForCommand>>,
  settings: SearchSettings,
  output: Output,
): void {
  const shape = dataShape(data, settings.network)
  const typical = modelOf(gpu, randomArchitecture(settings, shape, 0), shape, settings.training.statistics)
  try {
    const estimate = estimateTraining(gpu, typical, settings.training)
    checkBudget(gpu, estimate, 'training')
    const { evolution, fitness, training, comparison } = settings
    const perSample = estimate.seconds / training.batch
    const genomes = evolution.population + (evolution.generations - 1) * evolution.offspring
    const searchSeconds =
      genomes * (evolution.baseline ? 2 : 1) * fitness.batch * fitness.batches * fitness.weightSeeds * (perSample / 3)
    const samples = training.maxSamples ?? training.epochs * data.train.count
    const networks = Math.max(1, comparison.seeds * 3)
    output.say(
      `Plan: ${genomes} genomes${evolution.baseline ? ' and as many at random' : ''}, then ${networks} network${networks > 1 ? 's' : ''} on ${samples} samples each. ` +
        `Needs about ${mebibytes(estimate.bytes)} of GPU memory and, very roughly, ${formatSeconds(searchSeconds + networks * samples * perSample)} on this kind of adapter.`,
    )
  } finally {
    typical.release()
  }
}

/** Shows events as progress bars or lines. */
class SearchView {
  private progress: Progress | null = null
  private stage = ''
  private best = ''

  constructor(private readonly output: Output) {}

  private enter(stage: string, total: number, unit: string, from = 0, scale = 1): Progress {
    if (this.stage !== stage || !this.progress) {
      this.end()
      this.stage = stage
      this.progress = startProgress(stage, total, unit, { from, scale })
    }
    return this.progress
  }

  show(event: RunEvent): void {
    if (event.kind === 'message') this.output.say(event.text)
    else if (event.kind === 'evaluation')
      this.enter(`testing ${event.network}`, event.total, 'samples', event.done).update(event.done)
    else if (event.kind === 'training') {
      const { event: training } = event
      if (training.kind === 'start' || training.kind === 'kernels') return
      const progress = this.enter(
        `training ${event.network} (seed ${event.seed})`,
        training.steps,
        'steps',
        training.step,
      )
      const { point } = training
      progress.update(
        training.step,
        `loss ${point.loss.toFixed(3)}, accuracy ${(100 * point.trainAccuracy).toFixed(1)} %${point.validationAccuracy === null ? '' : `, validation ${(100 * point.validationAccuracy).toFixed(1)} %`}`,
      )
    } else this.showSearch(event.event)
  }

  private showSearch(event: Extract<RunEvent, { kind: 'search' }>['event']): void {
    if (event.type === 'evaluation')
      this.enter(
        event.strategy === 'evolution' ? 'evolution' : 'random search',
        event.total,
        'genomes',
        event.count,
      ).update(event.count, this.best)
    else if (event.type === 'generation')
      this.best = event.best
        ? `best ${Math.abs(event.best.objectives[0] ?? 0).toPrecision(4)} in generation ${event.number}`
        : ''
  }

  end(): void {
    this.progress?.finish(this.best)
    this.progress = null
    this.best = ''
  }
}

function summarize(result: SearchRunResult, folder: RunFolder, output: Output): void {
  output.say('')
  for (const { kind, seed, parameters, evaluation } of result.networks) {
    output.say(
      `${kind} (seed ${seed}): ${(100 * evaluation.accuracy).toFixed(2)} % of ${evaluation.samples} test samples, ${parameters} parameters, ${(evaluation.energyPicojoules / 1e6).toFixed(2)} µJ a sample`,
    )
  }
  if (result.networks.length === 3)
    output.say('One network of each kind says little about the others; --compare 3 trains three.')
  const report = folder.file('report.html')
  output.say(`Winner: ${result.winner.key}`)
  output.say(`Report: ${existsSync(report) ? report : 'not written'}`)
  output.result({
    folder: folder.path,
    report,
    winner: { key: result.winner.key, genome: result.winnerGenome, parameters: result.winner.parameters },
    networks: result.networks.map(({ kind, seed, parameters, evaluation }) => ({
      kind,
      seed,
      parameters,
      accuracy: evaluation.accuracy,
      loss: evaluation.loss,
      energyPicojoules: evaluation.energyPicojoules,
    })),
  })
}
