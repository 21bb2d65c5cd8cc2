/** Transforms as text: "crop:4,flip,stcf:minimum=0.5" for a command line, JSON for anything else. */
import { OptionError } from '../../errors.js'
import { nearestName } from '../nearest-name.js'
import { transforms } from './registry.js'
import type { Transform, TransformSpec } from './transform.js'

/** Transforms in order: specifications, or text in either form. */
export type Transforms = string | readonly TransformSpec[]

/** @throws OptionError that lists the names and suggests the nearest */
export function transformNamed(name: string): Transform {
  const found = transforms.get(name)
  if (found) return found
  const names = [...transforms.keys()]
  const near = nearestName(name, names)
  throw new OptionError(
    `augment "${name.slice(0, 60)}"`,
    `must be one of ${names.join(', ')}.`,
    near === null ? '' : `Did you mean ${near}?`,
  )
}

/**
 * Specifications from text: JSON, or names separated by commas, each followed by its parameters after colons, in order or
 * by name; `+` joins the parts of a list.
 *
 * @throws OptionError when the text cannot be understood; whether parameters fit is found when they are bound
 */
export function parseTransforms(text: string): readonly TransformSpec[] {
  const trimmed = text.trim()
  if (trimmed === '') return []
  if (trimmed.startsWith('[') || trimmed.startsWith('{')) return parseJson(trimmed)
  return trimmed.split(',').map(parseOne)
}

function parseJson(text: string): readonly TransformSpec[] {
  const fail = (what: string): OptionError =>
    new OptionError(
      'augment',
      `must be a list of objects with a name, as JSON; ${what}.`,
      'Example: [{"name":"flip"}].',
    )
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw fail((cause as Error).message)
  }
  const list: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed]
  return list.map((item) => {
    if (typeof item === 'object' && item !== null && typeof (item as { name?: unknown }).name === 'string')
      return item as TransformSpec
    throw fail(`got ${JSON.stringify(item).slice(0, 60)}`)
  })
}

function parseOne(text: string): TransformSpec {
  const [first = '', ...parts] = text.trim().split(':')
  const { name, parameters } = transformNamed(first.trim())
  const values: Record<string, unknown> = {}
  let position = 0
  for (const part of parts) {
    const equals = part.indexOf('=')
    const key = equals < 0 ? parameters[position++] : part.slice(0, equals).trim()
    if (key === undefined || Object.hasOwn(values, key) || !parameters.includes(key)) {
      throw new OptionError(
        `augment ${name}`,
        `cannot place "${part.slice(0, 40)}".`,
        `Its parameters are, in order: ${parameters.join(', ') || 'none'}.`,
      )
    }
    values[key] = parseValue(part.slice(equals + 1).trim())
  }
  return { name, ...values }
}

function parseValue(text: string): unknown {
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text)
  if (text === 'true' || text === 'false') return text === 'true'
  return text.includes('+') ? text.split('+').map(parseValue) : text
}

/** Values that the short form can hold; everything else is written as JSON. */
const isShort = (value: unknown): boolean =>
  typeof value === 'number' || typeof value === 'boolean' || (typeof value === 'string' && /^[\w-]+$/.test(value))

/** Text that `parseTransforms` turns back into the same transforms; parameters at their defaults are left out. */
export function formatTransforms(specs: readonly TransformSpec[]): string {
  const short = specs.map((spec) => {
    const { defaults, bind } = transformNamed(spec.name)
    const { name, ...given } = bind(parametersOf(spec)).spec
    const parts = Object.entries(given).filter(
      ([key, value]) => value !== undefined && JSON.stringify(value) !== JSON.stringify(defaults[key]),
    )
    if (!parts.every(([, value]) => (Array.isArray(value) ? value.length > 0 && value.every(isShort) : isShort(value))))
      return null
    return [name, ...parts.map(([key, value]) => `${key}=${Array.isArray(value) ? value.join('+') : value}`)].join(':')
  })
  return short.includes(null) ? JSON.stringify(specs) : short.join(',')
}

/** A specification's parameters without its name. */
export function parametersOf({ name: _, ...parameters }: TransformSpec): Readonly<Record<string, unknown>> {
  return parameters
}
