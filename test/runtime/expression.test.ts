import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ShaderError } from '../../src/errors.js'
import { evaluateExpression } from '../../src/runtime/expression.js'

const names = { VEC: true, EMPTY: false, ROWS: 32, KERNEL: 3 } as const

/** JavaScript has the same operators in the same order; only == is stricter here. */
function byJavaScript(text: string): unknown {
  const body = text.replaceAll('==', '===').replaceAll('!=', '!==')
  return new Function(...Object.keys(names), `return ${body}`)(...Object.values(names))
}

const operators = ['||', '&&', '==', '!=', '<', '>', '<=', '>=', '+', '-', '*', '/', '%']

/** Any valid expression, with no more parentheses than were drawn: precedence decides. */
const expression = fc.letrec<{ term: string; chain: string }>((tie) => ({
  term: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('0', '1', '2', '3', '7', '32', '1.5', 'true', 'false', ...Object.keys(names)),
    tie('term').map((term) => `!${term}`),
    tie('term').map((term) => `- ${term}`),
    tie('chain').map((chain) => `(${chain})`),
  ),
  chain: fc
    .tuple(tie('term'), fc.array(fc.tuple(fc.constantFrom(...operators), tie('term')), { maxLength: 5 }))
    .map(([first, rest]) => [first, ...rest.map(([operator, term]) => `${operator} ${term}`)].join(' ')),
})).chain

describe('evaluateExpression', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 3 - 2', 5],
    ['24 / 4 / 2', 3],
    ['17 % 5 * 2', 4],
    ['-2 + 5', 3],
    ['2 * -3', -6],
    ['ROWS == 32', true],
    ['ROWS / 2 + 1', 17],
    ['VEC && !EMPTY', true],
    ['EMPTY || VEC && EMPTY', false],
    ['1 < 2 == true', true],
    ['KERNEL >= 3 && KERNEL < 5', true],
    ['!(ROWS == 16)', true],
    ['  VEC  ', true],
    // a flag and a number are never the same, unlike in C
    ['VEC == 1', false],
  ])('%s is %s', (text, value) => {
    expect(evaluateExpression(text, names)).toBe(value)
  })

  it('agrees with JavaScript on every valid expression', () => {
    fc.assert(
      fc.property(expression, (text) => {
        expect(evaluateExpression(text, names)).toBe(byJavaScript(text))
      }),
      { numRuns: 400, seed: 31 },
    )
  })

  it.each(['MISSING', 'VEC && MISSING', 'constructor', 'toString', '__proto__', 'hasOwnProperty'])(
    'refuses the unknown name in %s and tells where it stands',
    (text) => {
      expect(() => evaluateExpression(text, names, 'family/kernel')).toThrow(ShaderError)
      expect(() => evaluateExpression(text, names, 'family/kernel')).toThrow(
        /^E_SHADER family\/kernel: .*does not define/,
      )
    },
  )

  it.each([
    ['', 'ends too early'],
    ['   ', 'ends too early'],
    ['1 +', 'ends too early'],
    ['!', 'ends too early'],
    ['(1 + 2', 'closing parenthesis'],
    ['1 + 2)', 'left over'],
    ['1 2', 'left over'],
    ['1e5', 'left over'],
    ['VEC EMPTY', 'left over'],
    ['* 2', 'does not define'],
    ['1 & 2', 'unknown character'],
    ['1 = 2', 'unknown character'],
    ['1.', 'unknown character'],
    ['"text"', 'unknown character'],
    ['ROWS; 1', 'unknown character'],
    ['ROWS[0]', 'unknown character'],
    ['VEC ? 1 : 2', 'unknown character'],
  ])('refuses %j: %s', (text, reason) => {
    expect(() => evaluateExpression(text, names)).toThrow(ShaderError)
    expect(() => evaluateExpression(text, names)).toThrow(reason)
  })

  it('ends with a value or a ShaderError whatever the text', () => {
    const pieces = fc.constantFrom(...operators, '(', ')', '!', ' ', '1', '2.5', 'VEC', 'X', '.', '=', '&', '\n')
    const text = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
    )
    let [values, errors] = [0, 0]
    fc.assert(
      fc.property(text, (source) => {
        try {
          const value = evaluateExpression(source, names)
          expect(['number', 'boolean']).toContain(typeof value)
          values++
        } catch (error) {
          expect(error).toBeInstanceOf(ShaderError)
          errors++
        }
      }),
      { numRuns: 1000, seed: 32 },
    )
    expect(values).toBeGreaterThan(0)
    expect(errors).toBeGreaterThan(0)
  })
})
