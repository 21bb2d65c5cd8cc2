/** Numbers and lists from the command line, with errors that name the option. */
import { InvalidArgumentError } from 'commander'

export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text.trim()) || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number from ${least}.`)
    return value
  }
}

export function decimalNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.')
  return value
}

export const listOf = (text: string): string[] =>
  text
    .split(/[\s,]+/)
    .map((item) => item.trim())
    .filter(Boolean)

/** `name=value` pairs, each an argument of its own; called once for each. */
export function assignments(text: string, before: Record<string, string>): Record<string, string> {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/.exec(text) ?? []
  if (name === undefined || value === undefined || value === '')
    throw new InvalidArgumentError('It must be name=value, several of them separated by spaces.')
  return { ...before, [name]: value }
}
