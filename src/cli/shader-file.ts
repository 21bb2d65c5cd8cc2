/** A shader file of the user's own and what its dispatch needs, from options and a JSON file. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { ConfigError, OptionError } from '../errors.js'
import { type OwnShaderSettings, parseOwnShaderSettings } from '../experiment/profile/own-shader.js'
import { mergeSettings } from '../experiment/settings.js'

export interface ShaderFileFlags {
  readonly config?: string
  readonly elements: Record<string, string>
  readonly set: Record<string, string>
  readonly flag: Record<string, string>
  readonly fill: Record<string, string>
  readonly invocations?: number
  readonly workgroups?: string
  readonly flops?: number
  readonly bytes?: number
}

const largestShader = 2 ** 20

function readText(path: string, what: string): string {
  if (!existsSync(path) || !statSync(path).isFile())
    throw new OptionError(what, `must be a file; there is none at "${path}".`, 'Check the path.')
  const { size } = statSync(path)
  if (size > largestShader) throw new OptionError(what, `must have at most 1 MiB; ${path} has ${size} bytes.`)
  return readFileSync(path, 'utf8')
}

function readConfig(path: string): unknown {
  try {
    return JSON.parse(readText(path, '--config'))
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw new ConfigError(path, 'must be JSON and cannot be parsed.', 'Check the file.', { cause })
  }
}

const valueFrom = (text: string): boolean | number | string =>
  text === 'true' || text === 'false' ? text === 'true' : Number.isNaN(Number(text)) ? text : Number(text)

const fillFrom = (text: string): unknown => {
  const rate = /^spikes:(.+)$/.exec(text)?.[1]
  return rate === undefined ? text : { spikes: Number(rate) }
}

const mapValues = (record: Record<string, string>, map: (text: string) => unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).map(([name, text]) => [name, map(text)]))

/**
 * Options win over the file that --config names.
 * @throws OptionError, ConfigError saying what does not fit
 */
export function readShaderFile(path: string, flags: ShaderFileFlags): { text: string; settings: OwnShaderSettings } {
  const text = readText(path, 'target')
  const { invocations, flops, bytes } = flags
  const sides = flags.workgroups?.split('x').map(Number)
  const options = {
    elements: mapValues(flags.elements, valueFrom),
    parameters: mapValues(flags.set, valueFrom),
    flags: mapValues(flags.flag, valueFrom),
    fill: mapValues(flags.fill, fillFrom),
    invocations,
    workgroups: sides && [...sides, 1, 1].slice(0, Math.max(3, sides.length)),
    flops,
    bytes,
  }
  const merged =
    flags.config === undefined ? mergeSettings({}, options) : mergeSettings(readConfig(flags.config), options)
  return { text, settings: parseOwnShaderSettings(merged, flags.config ?? 'options') }
}
