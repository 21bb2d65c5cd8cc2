/** Numbers and lists from the command line, with errors that name the option. */
import { InvalidArgumentError, Option } from 'commander'
import { activationStorages } from '../graph/halves.js'

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

/** `--activations`: without it, settings decide. */
export const activationsOption = (): Option =>
  new Option(
    '--activations <type>',
    'storage of forward activations: f16 takes half the memory, rounded to 2^-11 of each number (default: f32)',
  ).choices([...activationStorages])

/** `name=value` pairs, each an argument of its own; called once for each. */
export function assignments(text: string, before: Record<string, string>): Record<string, string> {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/.exec(text) ?? []
  if (name === undefined || value === undefined || value === '')
    throw new InvalidArgumentError('It must be name=value, several of them separated by spaces.')
  return { ...before, [name]: value }
}
