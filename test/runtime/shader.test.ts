// biome-ignore-all lint/suspicious/noTemplateCurlyInString: shader texts hold such placeholders
import { describe, expect, it } from 'vitest'
import { ShaderError } from '../../src/errors.js'
import type { ShaderFlags } from '../../src/runtime/expression.js'
import { registerShader, shaderSource, specializeShader } from '../../src/runtime/shader.js'

/** Text of a shader under flags, blank lines and indentation dropped. */
function specialize(text: string, flags: ShaderFlags = {}, name = 'test/shader'): string[] {
  registerShader(name, text)
  return specializeShader(name, flags)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

describe('specializeShader', () => {
  it('keeps the branch whose condition holds', () => {
    const text = ['#if ${MODE == 0}', 'zero', '#elif ${MODE == 1}', 'one', '#else', 'many', '#endif', 'end'].join('\n')
    expect(specialize(text, { MODE: 0 })).toEqual(['zero', 'end'])
    expect(specialize(text, { MODE: 1 })).toEqual(['one', 'end'])
    expect(specialize(text, { MODE: 2 })).toEqual(['many', 'end'])
  })

  it('nests conditions', () => {
    const text = ['#if ${A}', 'a', '#if ${B}', 'ab', '#else', 'a only', '#endif', '#endif'].join('\n')
    expect(specialize(text, { A: true, B: true })).toEqual(['a', 'ab'])
    expect(specialize(text, { A: true, B: false })).toEqual(['a', 'a only'])
    expect(specialize(text, { A: false, B: true })).toEqual([])
  })

  it('pastes values into the text', () => {
    expect(specialize('let rows = ${ROWS / 2}u; ${ROWS}', { ROWS: 32 })).toEqual(['let rows = 16u; 32'])
  })

  it('drops comments before anything looks at them', () => {
    const text = ['// #if and ${NOTHING} in prose', 'code // #endif', '// #include "no/such/file"'].join('\n')
    expect(specialize(text)).toEqual(['code'])
  })

  it('puts included files in place, again with their includes and conditions', () => {
    registerShader('test/inner', '#if ${FAST}\nfast\n#else\nslow\n#endif')
    registerShader('test/outer', 'before\n#include "test/inner"\nafter')
    expect(specialize('#include "test/outer"\nend', { FAST: true })).toEqual(['before', 'fast', 'after', 'end'])
    expect(specialize('  #include "test/outer"  \nend', { FAST: false })).toEqual(['before', 'slow', 'after', 'end'])
  })

  it('allows two files to include a third', () => {
    registerShader('test/shared', 'shared')
    registerShader('test/left', '#include "test/shared"')
    registerShader('test/right', '#include "test/shared"')
    expect(specialize('#include "test/left"\n#include "test/right"')).toEqual(['shared', 'shared'])
  })

  it('refuses a file that includes itself, by any way round, and shows the way', () => {
    expect(() => specialize('#include "test/self"', {}, 'test/self')).toThrow(ShaderError)
    registerShader('test/chicken', '#include "test/egg"')
    registerShader('test/egg', '#include "test/chicken"')
    expect(() => specializeShader('test/egg', {})).toThrow(
      /E_SHADER test\/egg: includes itself by way of test\/egg > test\/chicken/,
    )
  })

  it('refuses a file that does not exist, alone or included', () => {
    expect(() => specializeShader('test/nowhere', {})).toThrow(ShaderError)
    expect(() => specialize('#include "test/nowhere"')).toThrow(/E_SHADER test\/nowhere: no shader file has this name/)
    for (const name of ['constructor', '__proto__', 'toString']) expect(() => shaderSource(name)).toThrow(ShaderError)
  })

  it.each([
    ['a missing #endif', '#if ${A}\nx'],
    ['a missing inner #endif', '#if ${A}\n#if ${A}\nx\n#endif'],
    ['one #endif too many', 'x\n#endif'],
    ['#else without #if', 'x\n#else\ny'],
    ['#elif without #if', 'x\n#elif ${A}\ny'],
    ['two #else', '#if ${A}\nx\n#else\ny\n#else\nz\n#endif'],
    ['#elif after #else', '#if ${A}\nx\n#else\ny\n#elif ${A}\nz\n#endif'],
    ['#if without an expression', '#if A\nx\n#endif'],
    ['an unknown name', '#if ${B}\nx\n#endif'],
    ['an unknown name to paste', 'let b = ${B};'],
    ['an empty expression', 'let b = ${};'],
    ['a broken expression', '#if ${A &&}\nx\n#endif'],
  ])('refuses %s with a ShaderError that names the file', (_, text) => {
    expect(() => specialize(text, { A: true })).toThrow(ShaderError)
    expect(() => specialize(text, { A: true })).toThrow(/^E_SHADER test\/shader: /)
  })
})

describe('registerShader', () => {
  it('keeps the text as it is', () => {
    registerShader('test/kept', '// a comment\ncode')
    expect(shaderSource('test/kept')).toBe('// a comment\ncode')
  })

  it('does not replace a built-in shader', () => {
    const before = shaderSource('lib/grid')
    expect(() => registerShader('lib/grid', 'nonsense')).toThrow(/E_SHADER lib\/grid: .*built in/)
    expect(shaderSource('lib/grid')).toBe(before)
  })
})

describe('an include whose file a flag names', () => {
  it('puts that file in place, also where more of the path follows', () => {
    registerShader('test/red', 'red')
    registerShader('test/red.light', 'light red')
    expect(specialize('#include "${COLOUR}"\n#include "${COLOUR}.light"', { COLOUR: 'test/red' })).toEqual([
      'red',
      'light red',
    ])
  })

  it('is refused unless the flag names a file', () => {
    expect(() => specialize('#include "${COLOUR}"', {})).toThrow(
      /its flag COLOUR must name a shader file; got undefined/,
    )
    expect(() => specialize('#include "${COLOUR}"', { COLOUR: 3 })).toThrow(ShaderError)
    expect(() => specialize('#include "${toString}"', {})).toThrow(ShaderError)
    expect(() => specialize('#include "${COLOUR}"', { COLOUR: 'test/nowhere' })).toThrow(/no shader file has this name/)
  })
})
