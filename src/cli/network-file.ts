/** What `train` and `eval` are given: a genome, a file with one, a run folder, or a network's name. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError, GenomeError, OptionError } from '../errors.js'
import { isNetworkName, type NetworkChoice, type NetworkName, networkNames } from '../experiment/named-network.js'
import { checkSettings, mergeSettings, resolveSettings, type SearchSettings } from '../experiment/settings.js'
import { parseGenome } from '../nas/genome.js'

export interface NetworkSource {
  readonly choice: NetworkChoice
  /** Settings that came with the genome (a run's), before options. */
  readonly settings: unknown
  /** What to call it in messages: its file, or `options` for a genome that was typed. */
  readonly where: string
}

interface StoredNetwork {
  readonly genome?: unknown
  readonly dataset?: unknown
  readonly seed?: unknown
  readonly data?: unknown
  readonly network?: unknown
  readonly training?: unknown
}

/** @throws GenomeError, OptionError, ConfigError saying what was expected */
export function readNetworkSource(source: string): NetworkSource {
  if (isNetworkName(source)) return { choice: { name: source }, settings: {}, where: 'options' }
  if (!existsSync(source)) {
    if (/^[\s[\]\d,]+$/.test(source)) return { choice: { genome: parseGenome(source) }, settings: {}, where: 'options' }
    throw new OptionError(
      'network',
      `must be a genome, a file with one, a run folder, or one of ${networkNames.join(', ')}; there is no "${source}".`,
      'Check the path.',
    )
  }
  const folder = statSync(source).isDirectory() ? source : null
  const file = folder ? join(folder, 'winner.json') : source
  if (!existsSync(file))
    throw new OptionError('network', `${source} holds no winner.json.`, 'Is the search finished? Run it with --resume.')
  const text = readFileSync(file, 'utf8')
  if (!text.trim().startsWith('{')) return { choice: { genome: parseGenome(text) }, settings: {}, where: file }
  let stored: StoredNetwork
  try {
    stored = JSON.parse(text) as StoredNetwork
  } catch (cause) {
    throw new GenomeError(file, 'must be JSON and cannot be parsed.', 'Check the file.', { cause })
  }
  const { dataset, seed, data, network, training } = stored
  return { choice: { genome: parseGenome(stored) }, settings: { dataset, seed, data, network, training }, where: file }
}

/**
 * Settings from a source and options. A source that says how it was trained says everything; only one that does not is
 * filled up from a preset.
 * @param preset null: the user named none
 * @param where the file or genome, for messages
 * @throws OptionError when a preset is named for a source with settings of its own
 * @throws ConfigError naming every setting that does not fit
 */
export function settingsFor(preset: string | null, source: unknown, overrides: unknown, where: string): SearchSettings {
  const merged = mergeSettings(source, overrides)
  const whole = typeof source === 'object' && source !== null && 'training' in source && source.training !== undefined
  if (!whole) return resolveSettings(preset ?? 'quick', merged, where)
  if (preset !== null)
    throw new OptionError(
      '--preset',
      'does not go with a network that brings its settings along.',
      'Leave it out; options such as --epochs override single settings.',
    )
  return checkSettings(merged, where)
}

/** Metadata of a checkpoint that names its network. @throws ConfigError when it is not there */
export function networkOfCheckpoint(
  metadata: Readonly<Record<string, string>>,
  where: string,
): { choice: NetworkChoice; settings: unknown } {
  const { genome, network = '', settings } = metadata
  if (!settings || !(genome || isNetworkName(network)))
    throw new ConfigError(
      where,
      'must name its network and settings and does not.',
      'Give a model.safetensors or training.safetensors that this program wrote.',
    )
  const choice = genome ? { genome: parseGenome(genome) } : { name: network as NetworkName }
  try {
    return { choice, settings: JSON.parse(settings) as unknown }
  } catch (cause) {
    throw new ConfigError(where, 'its settings must be JSON and cannot be parsed.', 'The file is damaged.', { cause })
  }
}
