/** A closed evaluator for the conditions in shader files: numbers, names, logic, comparison, arithmetic. No eval. */
import { ShaderError } from '../errors.js'

/** A text is the name of a shader file that `#include "${FLAG}"` puts in place. */
export type ShaderValue = number | boolean | string
export type ShaderFlags = Readonly<Record<string, ShaderValue>>

const token = /\s*(\|\||&&|==|!=|<=|>=|[()!<>+\-*/%]|\d+(?:\.\d+)?|[A-Za-z_]\w*)/y
const levels = [['||'], ['&&'], ['==', '!='], ['<', '>', '<=', '>='], ['+', '-'], ['*', '/', '%']] as const

const apply: Record<string, (a: ShaderValue, b: ShaderValue) => ShaderValue> = {
  '||': (a, b) => a || b,
  '&&': (a, b) => a && b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
  '+': (a, b) => Number(a) + Number(b),
  '-': (a, b) => Number(a) - Number(b),
  '*': (a, b) => Number(a) * Number(b),
  '/': (a, b) => Number(a) / Number(b),
  '%': (a, b) => Number(a) % Number(b),
}

function tokenize(source: string, where: string): string[] {
  const text = source.trimEnd()
  const tokens: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.length) {
    const at = token.lastIndex
    const match = token.exec(text)
    if (!match?.[1])
      throw new ShaderError(
        where,
        `"${source}" has an unknown character at ${at}.`,
        'Only names, numbers and operators are allowed.',
      )
    tokens.push(match[1])
  }
  return tokens
}

/** Value of an expression over the given names. @throws ShaderError on bad syntax or an unknown name */
export function evaluateExpression(source: string, names: ShaderFlags, where = 'shader'): ShaderValue {
  const tokens = tokenize(source, where)
  const fail = (what: string): never => {
    throw new ShaderError(where, `"${source}" ${what}.`, '')
  }
  let at = 0
  const atom = (): ShaderValue => {
    const next = tokens[at++]
    if (next === undefined) return fail('ends too early')
    if (next === '(') {
      const value = binary(0)
      if (tokens[at++] !== ')') fail('lacks a closing parenthesis')
      return value
    }
    if (next === '!') return !atom()
    if (next === '-') return -Number(atom())
    if (/^\d/.test(next)) return Number(next)
    if (next === 'true' || next === 'false') return next === 'true'
    if (!Object.hasOwn(names, next)) return fail(`names ${next}, which this kernel does not define`)
    return names[next] as ShaderValue
  }
  const binary = (level: number): ShaderValue => {
    const operators: readonly string[] | undefined = levels[level]
    if (!operators) return atom()
    let left = binary(level + 1)
    while (at < tokens.length && operators.includes(tokens[at] as string)) {
      const operator = tokens[at++] as string
      const right = binary(level + 1)
      left = (apply[operator] as (a: ShaderValue, b: ShaderValue) => ShaderValue)(left, right)
    }
    return left
  }
  const value = binary(0)
  if (at !== tokens.length) fail(`has something left over at "${tokens[at]}"`)
  return value
}
