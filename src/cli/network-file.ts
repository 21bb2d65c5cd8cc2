/** What `train` and `eval` are given: a genome, a file with one, or a run folder. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError, GenomeError, OptionError } from '../errors.js'
import { resolveSettings, type SearchSettings } from '../experiment/settings.js'
import { parseGenome } from '../nas/genome.js'

export interface NetworkSource {
  readonly genome: readonly number[]
  /** Settings that came with the genome (a run's), before options. */
  readonly settings: unknown
  /** The folder it came from, if it was a run. */
  readonly folder: string | null
}

interface StoredNetwork {
  readonly genome?: unknown
  readonly dataset?: unknown
  readonly seed?: unknown
  readonly network?: unknown
  readonly training?: unknown
}

/** @throws GenomeError, OptionError, ConfigError saying what was expected */
export function readNetworkSource(source: string): NetworkSource {
  if (!existsSync(source)) {
    if (/^[\s[\]\d,]+$/.test(source)) return { genome: parseGenome(source), settings: {}, folder: null }
    throw new OptionError(
      'network',
      `must be a genome, a file with one, or a run folder; there is no "${source}".`,
      'Check the path.',
    )
  }
  const folder = statSync(source).isDirectory() ? source : null
  const file = folder ? join(folder, 'winner.json') : source
  if (!existsSync(file))
    throw new OptionError('network', `${source} holds no winner.json.`, 'Is the search finished? Run it with --resume.')
  const text = readFileSync(file, 'utf8')
  if (!text.trim().startsWith('{')) return { genome: parseGenome(text), settings: {}, folder }
  let stored: StoredNetwork
  try {
    stored = JSON.parse(text) as StoredNetwork
  } catch (cause) {
    throw new GenomeError(file, 'must be JSON and cannot be parsed.', 'Check the file.', { cause })
  }
  const { dataset, seed, network, training } = stored
  return { genome: parseGenome(stored), settings: { dataset, seed, network, training }, folder }
}

/** Settings from a preset, a source and options, in this order. */
export function settingsFor(preset: string, source: unknown, overrides: unknown): SearchSettings {
  const merged = [source, overrides].reduce<Record<string, unknown>>(
    (all, layer) => deepMerge(all, layer as Record<string, unknown>),
    {},
  )
  return resolveSettings(preset, merged, 'options')
}

function deepMerge(a: Record<string, unknown>, b: Record<string, unknown> | undefined): Record<string, unknown> {
  const merged = { ...a }
  for (const [name, value] of Object.entries(b ?? {})) {
    if (value === undefined) continue
    const held = merged[name]
    merged[name] =
      typeof value === 'object' && value !== null && !Array.isArray(value) && typeof held === 'object' && held !== null
        ? deepMerge(held as Record<string, unknown>, value as Record<string, unknown>)
        : value
  }
  return merged
}

/** Metadata of a checkpoint that names its network. @throws ConfigError when it is not there */
export function networkOfCheckpoint(
  metadata: Readonly<Record<string, string>>,
  where: string,
): { genome: readonly number[]; settings: unknown } {
  if (!metadata.genome || !metadata.settings)
    throw new ConfigError(
      where,
      'must name its genome and settings and does not.',
      'Give the run folder or --genome as well.',
    )
  return { genome: parseGenome(metadata.genome), settings: JSON.parse(metadata.settings) as unknown }
}
