/** From a `.wgsl` file and a set of flags to WGSL text: includes, then wgsl-preprocessor. */
import { wgsl } from 'wgsl-preprocessor/wgsl-preprocessor.js'
import { ShaderError } from '../errors.js'
import { evaluateExpression, type ShaderFlags, type ShaderValue } from './expression.js'
import { kernelSources } from './kernels.gen.js'

const extraSources = new Map<string, string>()
const revisions = new Map<string, number>()

/** Makes a shader file of your own known under a name, to be used by `defineKernel` and `#include`. */
export function registerShader(name: string, text: string): void {
  if (kernelSources[name])
    throw new ShaderError(
      name,
      'a shader of your own needs a new name; this one is built in.',
      'Prefix it with your project.',
    )
  if (extraSources.get(name) !== text) revisions.set(name, shaderRevision(name) + 1)
  extraSources.set(name, text)
}

/** How often the text under a name has changed: pipelines of an earlier text must not be used for a later one. */
export const shaderRevision = (name: string): number => revisions.get(name) ?? 0

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

/** An include's path with the flags that it names put in: `"${NEURON}.fields"`. */
function includedName(path: string, flags: ShaderFlags, where: string): string {
  return path.replace(/\$\{(\w+)\}/g, (_, flag: string) => {
    const value = Object.hasOwn(flags, flag) ? flags[flag] : undefined
    if (typeof value === 'string') return value
    throw new ShaderError(where, `includes "${path}", and its flag ${flag} must name a shader file; got ${value}.`, '')
  })
}

function resolveIncludes(name: string, flags: ShaderFlags, trail: readonly string[] = []): string {
  if (trail.includes(name)) throw new ShaderError(name, `includes itself by way of ${trail.join(' > ')}.`, '')
  return withoutComments(shaderSource(name)).replace(/^[ \t]*#include[ \t]+"([^"]+)"[ \t]*$/gm, (_, path: string) =>
    resolveIncludes(includedName(path, flags, name), flags, [...trail, name]),
  )
}

/**
 * WGSL text of a kernel file under given flags.
 * Conditions stand in the file as `#if ${EXPRESSION}`; `${NAME}` elsewhere pastes a value, also in the path of an
 * `#include`, where the flag's value is the name of a shader file.
 * @throws ShaderError on an unknown name, a bad expression or unbalanced directives
 */
export function specializeShader(name: string, flags: ShaderFlags): string {
  const text = resolveIncludes(name, flags)
  const strings: string[] = []
  const values: ShaderValue[] = []
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
