/** What a search is told to do: options, configuration file, preset and the run that is already in the folder. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { catalogueEntry } from '../../datasets/catalogue/catalogue.js'
import { ConfigError, OptionError } from '../../errors.js'
import { configurationTable } from '../../experiment/report.js'
import { checkSettings, mergeSettings, resolveSettings, type SearchSettings } from '../../experiment/settings.js'
import { RunFolder } from '../../host/node/run-folder.js'
import { type DataFlags, dataOverrides } from '../data.js'

export interface SearchFlags extends DataFlags {
  readonly tune?: boolean
  readonly preset: string
  readonly config?: string
  readonly seed?: number
  readonly out?: string
  readonly resume?: string | boolean
  readonly study?: number
  readonly compare?: number
  readonly width?: number
  readonly steps?: number
  readonly cells?: number
  readonly semantics?: string
  readonly residualForInhibitory?: boolean
  readonly signedMotifs?: boolean
  readonly population?: number
  readonly generations?: number
  readonly objectives?: string[]
  readonly indicator?: string
  readonly fitnessBatch?: number
  readonly weightSeeds?: number
  readonly baseline: boolean
  readonly samples?: number
  readonly epochs?: number
  readonly batch?: number
  readonly learningRate?: number
  readonly recompute?: boolean
  readonly activations?: string
  readonly json: boolean
}

/** Settings that options set; undefined ones leave the preset alone. */
function overridesOf(dataset: string | undefined, flags: SearchFlags): unknown {
  return {
    dataset,
    seed: flags.seed,
    data: dataOverrides(flags),
    network: {
      width: flags.width,
      timeSteps: flags.steps,
      cells: flags.cells,
      semantics: flags.semantics,
      residualForInhibitory: flags.residualForInhibitory,
      signedMotifs: flags.signedMotifs,
    },
    fitness: {
      indicator: flags.indicator,
      batch: flags.fitnessBatch,
      weightSeeds: flags.weightSeeds,
      activations: flags.activations,
    },
    evolution: {
      population: flags.population,
      offspring: flags.population,
      generations: flags.generations,
      objectives: flags.objectives,
      baseline: flags.baseline ? undefined : false,
    },
    training: {
      maxSamples: flags.samples,
      epochs: flags.epochs,
      batch: flags.batch,
      learningRate: flags.learningRate,
      recompute: flags.recompute,
      activations: flags.activations,
    },
    comparison: { seeds: flags.compare },
  }
}

async function readConfig(file: string): Promise<unknown> {
  try {
    return asObject(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    throw new ConfigError(file, `must be a JSON file: ${(cause as Error).message}.`, 'Check the path and the commas.', {
      cause,
    })
  }
}

/** Anything else would be taken for an empty file further on. */
function asObject(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new TypeError('an object with settings is expected')
}

interface Prepared {
  readonly folder: RunFolder
  readonly settings: SearchSettings
  readonly resumed: boolean
}

/** Where the run lives and what it is: a new folder, or the settings of the one to be resumed. */
export async function prepareRun(dataset: string | undefined, flags: SearchFlags): Promise<Prepared> {
  const config = flags.config ? await readConfig(flags.config) : {}
  // an epoch count on the command line means whole epochs, whatever the preset's sample budget
  const epochsOnly = flags.epochs !== undefined && flags.samples === undefined
  const given = mergeSettings(config, overridesOf(dataset, flags))
  const fresh = resolveSettings(flags.preset, given, flags.config ?? 'options')
  const withoutBudget = (all: SearchSettings): SearchSettings =>
    epochsOnly ? { ...all, training: { ...all.training, maxSamples: undefined } } : all
  const settings = withoutBudget(fresh)
  const standard = join('runs', `${settings.dataset}-${flags.study ? 'study' : flags.preset}-s${settings.seed}`)
  const path = typeof flags.resume === 'string' ? flags.resume : (flags.out ?? standard)
  const folder = new RunFolder(path)
  const stored = folder.readJson('settings.json')
  if (stored === null) {
    if (flags.resume !== undefined)
      throw new OptionError('--resume', `${folder.path} holds no run.`, 'Leave --resume out to start one.')
    // before anything is opened or written
    catalogueEntry(settings.dataset)
    return { folder, settings, resumed: false }
  }
  const held = checkSettings(stored, folder.file('settings.json'))
  // a resumed run needs no options, but those given must be its own: none is left aside in silence
  const wanted =
    flags.resume === undefined ? settings : withoutBudget(checkSettings(mergeSettings(held, given), 'options'))
  const differing = differences(held, wanted)
  if (differing.length > 0)
    throw new OptionError(
      flags.resume === undefined ? '--out' : '--resume',
      `${folder.path} holds a run with other settings (${differing.join(', ')}).`,
      'Name another folder with --out, or go on with that run by --resume and its folder alone.',
    )
  return { folder, settings: held, resumed: true }
}

/** Names of the settings that are not the same in both. */
function differences(a: SearchSettings, b: SearchSettings): string[] {
  const [one, other] = [configurationTable(a), configurationTable(b)]
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((name) => one[name] !== other[name])
}
