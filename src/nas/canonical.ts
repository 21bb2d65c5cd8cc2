import { OptionError } from '../errors.js'

/**
 * One text for one value: JSON with the keys of every object sorted, so that equal values give equal texts.
 * Properties that are `undefined` are left out, as JSON does.
 *
 * @param indent spaces an indentation level; 0 puts everything on one line
 * @throws OptionError for NaN, an infinity, a function or anything else that JSON would change silently
 */
export function canonicalJson(value: unknown, indent = 0): string {
  return JSON.stringify(sorted(value, '$'), null, indent)
}

function sorted(value: unknown, path: string): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (Array.isArray(value)) return value.map((item, i) => sorted(item, `${path}[${i}]`))
  if (typeof value === 'object') {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    entries.sort(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item, `${path}.${key}`)]))
  }
  throw new OptionError(
    'canonicalJson',
    `${path} must be a finite number, text, boolean, null, list or object; got ${String(value)}.`,
    'Replace it by null or leave it out.',
  )
}
