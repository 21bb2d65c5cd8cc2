/** A short rendering of a foreign value for an error message; never throws, whatever the value is. */
export function shown(value: unknown): string {
  const kind = Array.isArray(value) ? 'a list' : typeof value === 'function' ? 'a function' : 'an object'
  const plain = value === null || (typeof value !== 'object' && typeof value !== 'function')
  const text = typeof value === 'string' ? `"${value}"` : plain ? String(value) : kind
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
