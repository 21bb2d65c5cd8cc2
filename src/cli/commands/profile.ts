import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Command, Option } from 'commander'
import { loadFixedBatch } from '../../datasets/batches.js'
import { OptionError } from '../../errors.js'
import { buildNetwork, isNetworkName, type NetworkChoice, networkNames } from '../../experiment/named-network.js'
import { dataShape } from '../../experiment/network.js'
import { kernelNames, profileKernel } from '../../experiment/profile/kernel.js'
import { profileModel, usualModelProfile } from '../../experiment/profile/model.js'
import { networkOfSize, usualSize } from '../../experiment/profile/networks.js'
import { profileOwnShader } from '../../experiment/profile/own-shader.js'
import type { SearchSettings } from '../../experiment/settings.js'
import { trainingOptions } from '../../experiment/train-network.js'
import type { ActivationStorage } from '../../graph/halves.js'
import { RunFolder, readCheckpointBytes } from '../../host/node/run-folder.js'
import { restoreModel } from '../../learning/checkpoint.js'
import { decodeSafetensors, type TensorFile } from '../../learning/safetensors.js'
import { weightSeed } from '../../nn/memory.js'
import { standaloneSvg } from '../../report/plots/standalone.js'
import { profileText, renderProfile, rooflineDrawing } from '../../report/profile-page.js'
import { type Gpu, openGpu } from '../../runtime/gpu.js'
import type { Profile } from '../../runtime/profiler/profile.js'
import { traceFileOf } from '../../runtime/profiler/trace-file.js'
import { version } from '../../version.js'
import { dropUndefined, loadForCommand } from '../data.js'
import { interruptSignal } from '../interrupt.js'
import { networkOfCheckpoint, readNetworkSource, settingsFor } from '../network-file.js'
import { activationsOption, assignments, decimalNumber, wholeNumber } from '../options.js'
import { makeOutput, type Output } from '../output.js'
import { readShaderFile, type ShaderFileFlags } from '../shader-file.js'

interface ProfileFlags extends ShaderFileFlags {
  readonly out?: string
  readonly repeats: number
  readonly batch?: number
  readonly activations?: ActivationStorage
  readonly steps?: number
  readonly side?: number
  readonly height?: number
  readonly width?: number
  readonly channels?: number
  readonly outChannels?: number
  readonly kernel?: number
  readonly stride?: number
  readonly rate: number
  readonly dataset?: string
  readonly from?: string
  readonly offline?: boolean
  readonly json: boolean
}

const help = `
Targets:
  a run folder, a checkpoint or a genome    one training step and one evaluation on its data set
  ${networkNames.join(', ').padEnd(41)} a network by name, on random numbers (--batch --steps --side --channels)
  convolution/spike_forward and the like    one kernel within its op (--batch --steps --height --width --channels
                                            --out-channels --kernel --stride --rate)
  shader.wgsl                               a shader of your own: bindings, parameters and workgroup size are read from
                                            it; give --elements, --set and --invocations, or --config with the same as JSON

Examples:
  neuromotif profile conv-lif --batch 64
  neuromotif profile neuron/forward --channels 64 --steps 16
  neuromotif profile my.wgsl --elements x=1048576 y=1048576 --set invocations=1048576 --invocations 1048576 --flops 2097152
`

export function addProfileCommand(program: Command): void {
  const list = (option: string, description: string) =>
    new Option(option, description).argParser(assignments).default({}, 'none')
  program
    .command('profile')
    .description('GPU time, bandwidth and FLOP/s of every kernel against the device’s own roofline')
    .argument('<target>', 'run folder, checkpoint, genome, network name, kernel name, or .wgsl file')
    .option(
      '--out <folder>',
      'where to put profile.json, report.html, roofline.svg and trace.json (default: profiles/<target>)',
    )
    .option('--repeats <n>', 'runs of which the median is taken', wholeNumber(1), 5)
    .option('--batch <n>', 'samples', wholeNumber(1))
    .addOption(activationsOption())
    .option('--steps <t>', 'time steps', wholeNumber(1))
    .option('--side <pixels>', 'side of a named network’s images', wholeNumber(1))
    .option('--height <pixels>', 'of a kernel’s images', wholeNumber(1))
    .option('--width <pixels>', 'of a kernel’s images', wholeNumber(1))
    .option('--channels <n>', 'of a kernel’s input, or of a named network’s first convolution', wholeNumber(1))
    .option('--out-channels <n>', 'channels that a convolution gives', wholeNumber(1))
    .option('--kernel <k>', 'side of a convolution’s window', wholeNumber(1))
    .option('--stride <n>', 'of a convolution, and side of a pooling window', wholeNumber(1))
    .option('--rate <p>', 'share of neurons that fire, for a kernel', decimalNumber, 0.1)
    .option('--dataset <name>', 'data for a run, checkpoint or genome')
    .option('--from <folder>', 'folder that holds the data set’s files')
    .option('--offline', 'fetch nothing')
    .option('--config <file>', 'JSON with elements, parameters, flags, fill, invocations or workgroups, flops, bytes')
    .addOption(list('--elements <name=n...>', 'elements of each binding of your shader, in 32-bit numbers'))
    .addOption(list('--set <name=value...>', 'fields of its uniform struct'))
    .addOption(list('--flag <NAME=value...>', 'values of its #if flags: true, false or a number'))
    .addOption(list('--fill <name=how...>', 'zeros, random, or spikes:0.1 (bits of which that share is set)'))
    .option('--invocations <n>', 'invocations of its dispatch', wholeNumber(1))
    .option('--workgroups <XxYxZ>', 'its grid, instead of --invocations')
    .option('--flops <n>', 'floating-point operations of its dispatch', decimalNumber)
    .option('--bytes <n>', 'least traffic of its dispatch (default: all that is bound, once)', decimalNumber)
    .option('--json', 'print the profile as JSON', false)
    .addHelpText('after', help)
    .action(runProfile)
}

async function runProfile(target: string, flags: ProfileFlags): Promise<void> {
  const output = makeOutput(flags.json)
  if (!(flags.rate >= 0 && flags.rate <= 1))
    throw new OptionError('--rate', `must be between 0 and 1; got ${flags.rate}.`)
  const gpu = await openGpu()
  try {
    const profile = await profileTarget(gpu, target, flags, output)
    const name =
      basename(target)
        .replace(/[^\w.-]+/g, '-')
        .slice(0, 80) || 'profile'
    const folder = new RunFolder(flags.out ?? join('profiles', name))
    await writeProfile(folder, profile)
    output.say(profileText(profile))
    output.say(`Report: ${folder.file('report.html')}\nTrace for ui.perfetto.dev: ${folder.file('trace.json')}`)
    output.result({ folder: folder.path, ...profile })
  } finally {
    await gpu.close()
  }
}

async function writeProfile(folder: RunFolder, profile: Profile): Promise<void> {
  folder.writeJson('profile.json', profile)
  folder.writeText('trace.json', traceFileOf(profile))
  const roofline = await rooflineDrawing(profile)
  if (roofline) folder.writeText('roofline.svg', standaloneSvg(roofline))
  folder.writeText('report.html', await renderProfile(profile, `neuromotif ${version}`))
}

async function profileTarget(gpu: Gpu, target: string, flags: ProfileFlags, output: Output): Promise<Profile> {
  const { repeats } = flags
  if (target.endsWith('.wgsl')) {
    const { text, settings } = readShaderFile(target, flags)
    return profileOwnShader(gpu, target, text, settings, { repeats })
  }
  if (isNetworkName(target)) return profileNamed(gpu, target, flags)
  if (kernelNames().includes(target)) {
    const { batch, steps, height, width, channels, outChannels: outputChannels, kernel, stride } = flags
    const given = Object.entries({ batch, steps, height, width, channels, outputChannels, kernel, stride })
    const shape = Object.fromEntries(given.filter(([, value]) => value !== undefined))
    return profileKernel(gpu, target, { shape, rate: flags.rate, repeats })
  }
  if (/^[a-z_]+\/[a-z0-9_]+$/.test(target) && !existsSync(target))
    throw new OptionError('target', `there is no kernel "${target}".`, `There are: ${kernelNames().join(', ')}.`)
  return profileNetwork(gpu, target, flags, output)
}

async function profileNamed(gpu: Gpu, name: (typeof networkNames)[number], flags: ProfileFlags): Promise<Profile> {
  const size = {
    ...usualSize,
    timeSteps: flags.steps ?? usualSize.timeSteps,
    side: flags.side ?? usualSize.side,
    width: flags.channels ?? usualSize.width,
  }
  const batch = flags.batch ?? usualModelProfile.batch
  const model = networkOfSize(gpu, name, size)
  try {
    await model.memory.initialize(weightSeed(1, model.description.architecture))
    const target = `${name}: batch ${batch}, ${size.timeSteps} steps, ${size.side}x${size.side}, width ${size.width}`
    return await profileModel(gpu, target, model, {
      ...usualModelProfile,
      batch,
      activations: flags.activations ?? 'f32',
      repeats: flags.repeats,
    })
  } finally {
    model.release()
  }
}

/** A network with the settings it came with, and its weights where it has some. */
interface StoredNetwork {
  readonly choice: NetworkChoice
  readonly settings: SearchSettings
  readonly weights: TensorFile | null
}

async function readNetwork(target: string, flags: ProfileFlags): Promise<StoredNetwork> {
  const overrides = {
    dataset: flags.dataset,
    network: { timeSteps: flags.steps },
    training: { batch: flags.batch, activations: flags.activations },
  }
  if (target.endsWith('.safetensors')) {
    const file = decodeSafetensors(await readCheckpointBytes(target), target)
    const { choice, settings } = networkOfCheckpoint(file.metadata, target)
    return { choice, settings: settingsFor(null, settings, overrides, target), weights: file }
  }
  const source = readNetworkSource(target)
  return { choice: source.choice, settings: settingsFor(null, source.settings, overrides, source.where), weights: null }
}

async function profileNetwork(gpu: Gpu, target: string, flags: ProfileFlags, output: Output): Promise<Profile> {
  const { choice, settings, weights } = await readNetwork(target, flags)
  const interrupt = interruptSignal(output.say)
  try {
    const sourceFlags = dropUndefined({ from: flags.from, offline: flags.offline })
    const dataset = await loadForCommand(settings, sourceFlags, output, interrupt.signal)
    const shape = dataShape(dataset, settings.network, 'name' in choice)
    const { model, key } = buildNetwork(gpu, choice, shape, settings)
    try {
      await model.memory.initialize(weightSeed(settings.seed, model.description.architecture))
      if (weights) restoreModel(model, weights, target, false)
      const {
        optimizer,
        maxNorm,
        recompute,
        activations = 'f32',
      } = trainingOptions(settings.training, shape, settings.seed)
      const batch = Math.min(settings.training.batch, dataset.train.count)
      const data = await loadFixedBatch(dataset.train, { ...shape.layout, batch, seed: settings.seed, index: 0 })
      const title = `${key}: ${dataset.title}, batch ${batch}, ${shape.timeSteps} steps`
      return await profileModel(gpu, title, model, {
        batch,
        optimizer,
        maxNorm,
        recompute,
        activations,
        data,
        repeats: flags.repeats,
      })
    } finally {
      model.release()
    }
  } finally {
    interrupt.dispose()
  }
}
