/** From a `.wgsl` file and a set of flags to WGSL text: includes, then wgsl-preprocessor. */
import { wgsl } from 'wgsl-preprocessor/wgsl-preprocessor.js'
import { ShaderError } from '../errors.js'
import { evaluateExpression, type ShaderFlags } from './expression.js'
import { kernelSources } from './kernels.gen.js'

const extraSources = new Map<string, string>()

/** Makes a shader file of your own known under a name, to be used by `defineKernel` and `#include`. */
export function registerShader(name: string, text: string): void {
  if (kernelSources[name])
    throw new ShaderError(
      name,
      'a shader of your own needs a new name; this one is built in.',
      'Prefix it with your project.',
    )
  extraSources.set(name, text)
}

/** Text of a shader file by its path under `shaders/` without the ending. */
export function shaderSource(name: string): string {
  const text = kernelSources[name]?.text ?? extraSources.get(name)
  if (text === undefined)
    throw new ShaderError(
      name,
      'no shader file has this name.',
      'Check the path under shaders/, or call registerShader().',
    )
  return text
}

/** `//` comments go, line structure stays, so that directives in prose cannot confuse the preprocessor. */
const withoutComments = (text: string): string => text.replace(/\/\/[^\n]*/g, '')

function resolveIncludes(name: string, trail: readonly string[] = []): string {
  if (trail.includes(name)) throw new ShaderError(name, `includes itself by way of ${trail.join(' > ')}.`, '')
  return withoutComments(shaderSource(name)).replace(/^[ \t]*#include[ \t]+"([^"]+)"[ \t]*$/gm, (_, file: string) =>
    resolveIncludes(file, [...trail, name]),
  )
}

/**
 * WGSL text of a kernel file under given flags.
 * Conditions stand in the file as `#if ${EXPRESSION}`; `${NAME}` elsewhere pastes a value.
 * @throws ShaderError on an unknown name, a bad expression or unbalanced directives
 */
export function specializeShader(name: string, flags: ShaderFlags): string {
  const text = resolveIncludes(name)
  const strings: string[] = []
  const values: (number | boolean)[] = []
  let from = 0
  for (const match of text.matchAll(/\$\{([^}]*)\}/g)) {
    strings.push(text.slice(from, match.index))
    values.push(evaluateExpression(match[1] ?? '', flags, name))
    from = match.index + match[0].length
  }
  strings.push(text.slice(from))
  try {
    return wgsl(strings, ...values)
  } catch (cause) {
    throw new ShaderError(
      name,
      `the preprocessor refused it: ${(cause as Error).message}.`,
      'Check #if, #elif, #else and #endif.',
      { cause },
    )
  }
}
