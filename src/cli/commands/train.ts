import { join } from 'node:path'
import { type Command, Option } from 'commander'
import type { Dataset } from '../../datasets/types.js'
import { OptionError } from '../../errors.js'
import { checkBudget, estimateTraining } from '../../experiment/estimate.js'
import { inspectModel } from '../../experiment/inspect.js'
import { type BuiltNetwork, buildNetwork, type NetworkChoice, networkNames } from '../../experiment/named-network.js'
import { dataShape } from '../../experiment/network.js'
import {
  adapterSection,
  configurationTable,
  datasetSection,
  evaluationSection,
  firingRatesSection,
  inspectionSections,
  trainingSection,
} from '../../experiment/report.js'
import { reportGraph } from '../../experiment/report-graph.js'
import { inspectionBatch, inspectionSamples } from '../../experiment/search-run.js'
import { presetNames, presetTitles, type SearchSettings } from '../../experiment/settings.js'
import { checkpointIn } from '../../experiment/store.js'
import { evaluateNetwork, networkMetadata, trainingOptions, trainNetwork } from '../../experiment/train-network.js'
import type { LayerKernel } from '../../graph/switching.js'
import { RunFolder } from '../../host/node/run-folder.js'
import { type Binning, trainingFeed } from '../../learning/batch-feed.js'
import { captureModel } from '../../learning/checkpoint.js'
import { encodeSafetensors } from '../../learning/safetensors.js'
import { motifTitle } from '../../nas/describe.js'
import { energyAssumptions } from '../../nas/energy.js'
import type { ArchitectureSpec } from '../../nas/types.js'
import { statisticsModes } from '../../nn/scope.js'
import { formatPercent } from '../../report/format.js'
import { renderReport } from '../../report/html.js'
import type { ReportInput } from '../../report/report-data.js'
import { mebibytes } from '../../runtime/buffer-pool.js'
import type { Gpu } from '../../runtime/gpu.js'
import { version } from '../../version.js'
import { addDataOptions, type DataFlags, dataOverrides, loadForCommand } from '../data.js'
import { interruptSignal } from '../interrupt.js'
import { readNetworkSource, settingsFor } from '../network-file.js'
import { noSwitchOption, noTuneOption, openGpuOfRun, recordTuning, type TuningFlags } from '../open-gpu.js'
import { activationsOption, decimalNumber, wholeNumber } from '../options.js'
import { makeOutput, type Output } from '../output.js'
import { formatSeconds, startProgress } from '../progress.js'
import { commandLine } from './search.js'

interface TrainFlags extends DataFlags, TuningFlags {
  readonly preset?: string
  readonly dataset?: string
  readonly out?: string
  readonly seed?: number
  readonly width?: number
  readonly steps?: number
  readonly semantics?: string
  readonly residualForInhibitory?: boolean
  readonly signedMotifs?: boolean
  readonly epochs?: number
  readonly samples?: number
  readonly batch?: number
  readonly learningRate?: number
  readonly dropPath?: number
  readonly crop?: number
  readonly flip?: boolean
  readonly augment?: string
  readonly maxNorm?: number
  readonly statistics?: string
  readonly recompute?: boolean
  readonly activations?: string
  readonly binning: Binning
  readonly resume: boolean
  readonly json: boolean
}

export function addTrainCommand(program: Command): void {
  const command = program
    .command('train')
    .description('train one network: a genome, a file with one, the winner of a run folder, or one by name')
    .argument('<network>', `genome (numbers separated by commas), file, run folder, or ${networkNames.join(' or ')}`)
    .addOption(
      new Option(
        '--preset <name>',
        `for a genome without settings (default: quick). ${presetNames.map((name) => `${name}: ${presetTitles[name]}`).join('; ')}`,
      ).choices([...presetNames]),
    )
    .option('--dataset <name>', 'data set (default: the run’s, else fashion-mnist)')
    .option('--out <folder>', 'folder for checkpoints and report (default: runs/train-<dataset>-s<seed>)')
    .option('--seed <n>', 'seed of weights and sample order', wholeNumber(0))
    .option('--width <channels>', 'channels of the first cells', wholeNumber(2))
    .option('--steps <t>', 'time steps of a sample', wholeNumber(1))
    .addOption(new Option('--semantics <name>', 'decoding of the genome').choices(['clean', 'reference']))
    .option('--residual-for-inhibitory', 'give nodes that only inhibition feeds the newest input as well')
    .option('--signed-motifs', 'make lateral and mutual inhibition of cell type 2 inhibit')
    .option('--epochs <n>', 'passes over the training data', wholeNumber(1))
    .option('--samples <n>', 'stop after so many samples', wholeNumber(1))
    .option('--batch <n>', 'samples of a step', wholeNumber(1))
    .option('--learning-rate <x>', 'peak learning rate', decimalNumber)
    .option('--drop-path <p>', 'final drop-path probability', decimalNumber)
    .option('--crop <pixels>', 'random shifts', wholeNumber(0))
    .option('--flip', 'random horizontal flips')
    .option('--augment <transforms>', 'more random changes, such as randaugment:9,erasing,mixup:0.2')
    .option('--max-norm <x>', 'clip the gradient’s norm', decimalNumber)
    .addOption(new Option('--statistics <kind>', 'batch-norm statistics').choices([...statisticsModes]))
    .option('--recompute', 'compute currents again in the backward pass: less memory, more time')
    .addOption(activationsOption())
    .addOption(
      new Option('--binning <where>', 'sets of recordings: where events are counted into frames; same results')
        .choices(['host', 'device'] satisfies Binning[])
        .default('host' satisfies Binning),
    )
    .option('--resume', 'go on from the folder’s checkpoint', false)
    .option(...noTuneOption)
    .option(...noSwitchOption)
    .option('--json', 'print the result as JSON', false)
    .action(runTrain)
  addDataOptions(command)
}

/** Which kernel each layer runs that has one for rare spikes, and how often its inputs fire. */
const kernelsText = (layers: readonly LayerKernel[]): string =>
  layers
    .map(
      ({ layer, kernel, rate }) =>
        `${layer} runs ${kernel}${rate === null ? '' : ` (${formatPercent(rate)} of its inputs fire)`}`,
    )
    .join(', ')

function overridesOf(flags: TrainFlags): unknown {
  return {
    dataset: flags.dataset,
    seed: flags.seed,
    data: dataOverrides(flags),
    network: {
      width: flags.width,
      timeSteps: flags.steps,
      semantics: flags.semantics,
      residualForInhibitory: flags.residualForInhibitory,
      signedMotifs: flags.signedMotifs,
    },
    training: {
      epochs: flags.epochs,
      maxSamples: flags.samples,
      batch: flags.batch,
      learningRate: flags.learningRate,
      dropPath: flags.dropPath,
      crop: flags.crop,
      flip: flags.flip,
      augment: flags.augment,
      maxNorm: flags.maxNorm,
      statistics: flags.statistics,
      recompute: flags.recompute,
      activations: flags.activations,
    },
  }
}

async function runTrain(network: string, flags: TrainFlags): Promise<void> {
  const output = makeOutput(flags.json)
  const source = readNetworkSource(network)
  const merged = settingsFor(flags.preset ?? null, source.settings, overridesOf(flags), source.where)
  const epochsOnly = flags.epochs !== undefined && flags.samples === undefined
  const settings: SearchSettings = epochsOnly
    ? { ...merged, training: { ...merged.training, maxSamples: undefined } }
    : merged
  const folder = new RunFolder(flags.out ?? join('runs', `train-${settings.dataset}-s${settings.seed}`))
  const interrupt = interruptSignal(output.say)
  const gpu = await openGpuOfRun(folder, flags, flags.resume === true)
  try {
    const recordings = flags.binning === 'device'
    const dataset = await loadForCommand(settings, flags, output, interrupt.signal, { recordings })
    const shape = dataShape(dataset, settings.network, 'name' in source.choice)
    const built = buildNetwork(gpu, source.choice, shape, settings)
    const { model } = built
    try {
      const options = trainingOptions(settings.training, shape, settings.seed)
      const { events } = trainingFeed(dataset.train, { ...options, binning: flags.binning })
      const estimate = estimateTraining(gpu, model, { ...settings.training, events })
      checkBudget(gpu, estimate, 'training')
      const samples = settings.training.maxSamples ?? settings.training.epochs * dataset.train.count
      output.say(`Adapter: ${gpu.name}`)
      output.say(built.description)
      output.say(
        `Training on ${samples} samples of ${dataset.title}: about ${mebibytes(estimate.bytes)} of GPU memory and, very roughly, ${formatSeconds((samples / settings.training.batch) * estimate.seconds)}.`,
      )
      const begun = (await folder.readBytes('training.safetensors')) !== null
      if (flags.resume && !begun)
        throw new OptionError(
          '--resume',
          `${folder.path} holds no training.`,
          'Leave --resume out to start one, or name its folder with --out.',
        )
      if (!flags.resume && begun) {
        const finished = folder.readJson('result.json') !== null
        output.say(
          finished
            ? 'Replacing the earlier training in this folder.'
            : 'An unfinished training lies in this folder and is replaced; give --resume to go on with it.',
        )
      }
      await trainAndReport({
        gpu,
        dataset,
        settings,
        choice: source.choice,
        built,
        shape,
        folder,
        output,
        resume: flags.resume,
        binning: flags.binning,
        signal: interrupt.signal,
      })
    } finally {
      model.release()
    }
  } finally {
    interrupt.dispose()
    await gpu.close()
  }
}

interface TrainJob {
  readonly gpu: Gpu
  readonly dataset: Dataset
  readonly settings: SearchSettings
  readonly choice: NetworkChoice
  readonly built: BuiltNetwork
  readonly shape: ReturnType<typeof dataShape>
  readonly folder: RunFolder
  readonly output: Output
  readonly resume: boolean
  readonly binning: Binning
  readonly signal: AbortSignal
}

async function trainAndReport(job: TrainJob): Promise<void> {
  const { gpu, dataset, settings, choice, built, shape, folder, output, signal } = job
  const { model, spec } = built
  const store = checkpointIn(folder, 'training.safetensors')
  let progress: ReturnType<typeof startProgress> | null = null
  const training = await trainNetwork(model, dataset, settings.training, shape, settings.seed, {
    signal,
    binning: job.binning,
    metadata: networkMetadata(choice, settings),
    checkpoint: {
      load: () => (job.resume ? store.load() : Promise.resolve(null)),
      save: (file) => {
        // whoever goes on from this checkpoint needs to know with which kernels
        recordTuning(folder, gpu)
        return store.save(file)
      },
    },
    onEvent: (event) => {
      if (event.kind === 'start')
        progress = startProgress('training', event.steps, 'samples', {
          from: event.fromStep,
          scale: settings.training.batch,
        })
      else if (event.kind === 'progress')
        progress?.update(
          event.step,
          `loss ${event.point.loss.toFixed(3)}, accuracy ${(100 * event.point.trainAccuracy).toFixed(1)} %`,
        )
      else if (event.kind === 'kernels') output.say(`step ${event.step}: ${kernelsText(event.layers)}`)
      else
        output.say(
          `epoch ${event.point.epoch.toFixed(2)}: loss ${event.point.loss.toFixed(4)}, validation ${(100 * (event.point.validationAccuracy ?? Number.NaN)).toFixed(2)} %`,
        )
    },
  })
  ;(progress as ReturnType<typeof startProgress> | null)?.finish()
  const testing = startProgress('testing', dataset.test.count, 'samples')
  const evaluation = await evaluateNetwork(model, dataset.test, shape, {
    onProgress: (done) => testing.update(done),
    signal,
  })
  testing.finish(`accuracy ${(100 * evaluation.accuracy).toFixed(2)} %`)
  const metadata = networkMetadata(choice, settings)
  await folder.writeBytes('model.safetensors', encodeSafetensors(await captureModel(model, metadata, false)))
  const inspection = await inspectModel(model, await inspectionBatch(dataset, settings, shape))
  const { split, samples } = inspectionSamples(dataset, settings)
  const rates = firingRatesSection(evaluation)
  const html = await renderReport({
    title: `Training on ${dataset.title}`,
    createdBy: `neuromotif ${version}`,
    adapter: adapterSection(gpu),
    dataset: datasetSection(dataset),
    configuration: configurationTable({
      dataset: settings.dataset,
      seed: settings.seed,
      data: settings.data,
      network: settings.network,
      training: settings.training,
    }),
    command: commandLine(),
    ...(spec ? { winner: winnerOf(spec, settings.seed, evaluation) } : {}),
    training: trainingSection({ training }),
    evaluation: evaluationSection(evaluation, dataset.classes),
    ...inspectionSections(inspection, dataset, samples, split),
    ...(rates ? { firingRates: rates } : {}),
  })
  folder.writeText('report.html', html)
  const result = {
    folder: folder.path,
    checkpoint: folder.file('model.safetensors'),
    report: folder.file('report.html'),
    accuracy: evaluation.accuracy,
    loss: evaluation.loss,
    samples: training.samples,
    seconds: training.seconds,
    samplesPerSecond: training.samplesPerSecond,
    adapter: gpu.name,
    key: built.key,
    parameters: built.parameters,
    energyPicojoules: evaluation.energyPicojoules,
  }
  folder.writeJson('result.json', result)
  output.say(
    `Test accuracy ${(100 * evaluation.accuracy).toFixed(2)} % of ${evaluation.samples} samples, loss ${evaluation.loss.toFixed(4)}; ${training.samples} training samples in ${formatSeconds(training.seconds)} (${training.samplesPerSecond.toFixed(0)} samples/s)`,
  )
  output.say(`Model: ${result.checkpoint}\nReport: ${result.report}`)
  output.result(result)
}

/** The evolved network as the report shows it. */
const winnerOf = (
  spec: ArchitectureSpec,
  seed: number,
  evaluation: Awaited<ReturnType<typeof evaluateNetwork>>,
): NonNullable<ReportInput['winner']> => ({
  genome: [...spec.genome],
  key: spec.key,
  seed: seed,
  parameters: spec.parameters,
  macs: spec.macsPerStep,
  synapticOperations: evaluation.synapticOperations,
  energy: { picojoules: evaluation.energyPicojoules, assumptions: energyAssumptions },
  graph: reportGraph(spec),
  motifs: spec.cells.flatMap((cell) =>
    cell.kind === 'motif' ? [{ cell: cell.index, name: motifTitle(cell.motif) }] : [],
  ),
})
