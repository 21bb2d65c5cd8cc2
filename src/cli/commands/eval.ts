import type { Command } from 'commander'
import { OptionError } from '../../errors.js'
import { buildNetwork } from '../../experiment/named-network.js'
import { dataShape } from '../../experiment/network.js'
import { evaluateNetwork } from '../../experiment/train-network.js'
import { readCheckpointBytes } from '../../host/node/run-folder.js'
import { restoreModel } from '../../learning/checkpoint.js'
import { decodeSafetensors } from '../../learning/safetensors.js'
import { energyAssumptions } from '../../nas/energy.js'
import { addDataOptions, type DataFlags, dataOverrides, loadForCommand } from '../data.js'
import { interruptSignal } from '../interrupt.js'
import { networkOfCheckpoint, settingsFor } from '../network-file.js'
import { noSwitchOption, noTuneOption, openTunedGpu, type TuningFlags } from '../open-gpu.js'
import { wholeNumber } from '../options.js'
import { makeOutput } from '../output.js'
import { startProgress } from '../progress.js'

interface EvalFlags extends DataFlags, TuningFlags {
  readonly dataset?: string
  readonly split: string
  readonly limit?: number
  readonly json: boolean
}

export function addEvalCommand(program: Command): void {
  const command = program
    .command('eval')
    .description('accuracy, loss, confusion, spikes, synaptic operations and energy of a trained model')
    .argument('<checkpoint>', 'model.safetensors of a training')
    .option('--dataset <name>', 'another data set of the same shape')
    .option('--split <name>', 'train, validation or test', 'test')
    .option('--limit <n>', 'first so many samples', wholeNumber(1))
    .option(...noTuneOption)
    .option(...noSwitchOption)
    .option('--json', 'print the result as JSON', false)
    .action(runEval)
  addDataOptions(command)
}

async function runEval(path: string, flags: EvalFlags): Promise<void> {
  const output = makeOutput(flags.json)
  const splitName = flags.split
  if (splitName !== 'train' && splitName !== 'validation' && splitName !== 'test')
    throw new OptionError('--split', `must be train, validation or test; got ${splitName}.`)
  const file = decodeSafetensors(await readCheckpointBytes(path), path)
  const source = networkOfCheckpoint(file.metadata, path)
  const settings = settingsFor(null, source.settings, { dataset: flags.dataset, data: dataOverrides(flags) }, path)
  const interrupt = interruptSignal(output.say)
  const gpu = await openTunedGpu(flags)
  try {
    const dataset = await loadForCommand(settings, flags, output, interrupt.signal)
    const shape = dataShape(dataset, settings.network, 'name' in source.choice)
    const { model } = buildNetwork(gpu, source.choice, shape, settings)
    try {
      await model.memory.initialize([0, 0])
      restoreModel(model, file, path, false)
      const split = dataset[splitName]
      const progress = startProgress('evaluating', Math.min(split.count, flags.limit ?? split.count), 'samples')
      const result = await evaluateNetwork(model, split, shape, {
        onProgress: (done) => progress.update(done),
        signal: interrupt.signal,
        ...(flags.limit ? { limit: flags.limit } : {}),
      })
      progress.finish()
      output.say(
        `Accuracy ${(100 * result.accuracy).toFixed(2)} % of ${result.samples} ${splitName} samples, loss ${result.loss.toFixed(4)}`,
      )
      output.say(
        `A sample: ${Math.round(result.spikesPerSample ?? 0)} spikes, ${(result.synapticOperations / 1e6).toFixed(3)} M synaptic operations, ${(result.energyPicojoules / 1e6).toFixed(3)} µJ`,
      )
      output.say(energyAssumptions)
      output.say(confusionText(dataset.classes, result.confusion))
      output.result({
        checkpoint: path,
        dataset: dataset.name,
        split: splitName,
        adapter: gpu.name,
        ...result,
        energyAssumptions,
      })
    } finally {
      model.release()
    }
  } finally {
    interrupt.dispose()
    await gpu.close()
  }
}

function confusionText(classes: readonly string[], confusion: readonly (readonly number[])[]): string {
  const width = Math.max(...classes.map((name) => name.length))
  const rows = confusion.map(
    (row, index) => `${(classes[index] ?? '').padEnd(width)} ${row.map((count) => String(count).padStart(6)).join('')}`,
  )
  return ['Confusion (rows: true class, columns: predicted, same order):', ...rows].join('\n')
}
