/** What a WGSL text declares, as far as running it by itself needs: bindings, the parameter block, the workgroup. */
import { ShaderError } from '../errors.js'
import type { BindingAccess, ParameterType } from './kernel.js'

export interface DeclaredBinding {
  readonly name: string
  readonly access: BindingAccess
  /** Of the host's view of it. */
  readonly scalar: ParameterType
  /** Scalars in one element of the array: 4 for `vec4f`. */
  readonly lanes: number
}

export interface WgslDeclaration {
  /** By binding number, without the parameter block. */
  readonly bindings: readonly DeclaredBinding[]
  /** Fields of the uniform struct; empty when there is none. */
  readonly parameters: Readonly<Record<string, ParameterType>>
  /** Invocations of a workgroup, all dimensions together. */
  readonly workgroupSize: number
}

const scalars: readonly string[] = ['u32', 'i32', 'f32'] satisfies ParameterType[]
const suffixes: Readonly<Record<string, ParameterType>> = { u: 'u32', i: 'i32', f: 'f32' }

interface Variable {
  readonly group: number
  readonly binding: number
  readonly space: string
  readonly access: string
  readonly name: string
  readonly type: string
}

const withoutBlockComments = (code: string): string => code.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/\/\/[^\n]*/g, '')

const attribute = (text: string, name: string): number => Number(new RegExp(`@${name}\\(\\s*(\\d+)`).exec(text)?.[1])

function variablesOf(code: string): Variable[] {
  const pattern =
    /((?:@(?:group|binding)\(\s*\d+u?\s*\)\s*){2})var\s*<\s*(\w+)\s*(?:,\s*(\w+)\s*)?>\s*(\w+)\s*:\s*([^;]+);/g
  return [...code.matchAll(pattern)].map(([, attributes = '', space = '', access = 'read', name = '', type = '']) => ({
    group: attribute(attributes, 'group'),
    binding: attribute(attributes, 'binding'),
    space,
    access,
    name,
    type: type.trim(),
  }))
}

/** A type behind its aliases, which may name each other. */
function resolved(type: string, aliases: ReadonlyMap<string, string>): string {
  let plain = type
  // as many steps as there are aliases: one that names itself ends too
  for (let step = 0; step < aliases.size; step++) plain = aliases.get(plain) ?? plain
  return plain.replace(/\s/g, '')
}

/** Scalar and width of an element type; null for anything that the host cannot fill (structs, matrices, f16). */
function elementOf(
  type: string,
  aliases: ReadonlyMap<string, string>,
): { scalar: ParameterType; lanes: number } | null {
  const plain = resolved(type, aliases)
  const inner = /^atomic<(.*)>$/.exec(plain)?.[1] ?? plain
  if (scalars.includes(inner)) return { scalar: inner as ParameterType, lanes: 1 }
  const [, lanes, short, long] = /^vec([234])(?:([uif])|<(u32|i32|f32)>)$/.exec(inner) ?? []
  const scalar = long ?? suffixes[short ?? '']
  return lanes && scalar ? { scalar: scalar as ParameterType, lanes: lanes === '3' ? 4 : Number(lanes) } : null
}

function fieldsOf(where: string, code: string, struct: string): Record<string, ParameterType> {
  const body = new RegExp(`struct\\s+${struct}\\s*\\{([^}]*)\\}`).exec(code)?.[1]
  if (body === undefined)
    throw new ShaderError(where, `its uniform must be a struct of u32, i32 and f32 fields; ${struct} is none.`)
  const fields: Record<string, ParameterType> = {}
  for (const field of body
    .split(',')
    .map((text) => text.trim())
    .filter(Boolean)) {
    const [, name, type] = /^(\w+)\s*:\s*(\w+)$/.exec(field) ?? []
    if (!name || !type || !scalars.includes(type))
      throw new ShaderError(
        where,
        `fields of ${struct} must be u32, i32 or f32; found "${field}".`,
        'Give vectors and arrays a storage binding.',
      )
    fields[name] = type as ParameterType
  }
  return fields
}

/**
 * Reads declarations from WGSL text: group 0, bindings 0, 1, ... without gaps, storage arrays of 32-bit scalars or
 * vectors of them, then at most one uniform struct, as in every kernel of this project; and one entry point `main`.
 * @throws ShaderError on anything else
 */
export function readDeclaration(where: string, text: string): WgslDeclaration {
  const code = withoutBlockComments(text)
  const aliases = new Map(
    [...code.matchAll(/alias\s+(\w+)\s*=\s*([^;]+);/g)].map((m) => [m[1] ?? '', (m[2] ?? '').trim()]),
  )
  const variables = variablesOf(code).sort((a, b) => a.binding - b.binding)
  if (variables.length === 0) throw new ShaderError(where, 'declares no bindings, so it can have no effect.')
  variables.forEach(({ group, binding, name }, index) => {
    if (group !== 0 || binding !== index)
      throw new ShaderError(
        where,
        `bindings must be 0, 1, ... in group 0; ${name} is binding ${binding} of group ${group}.`,
        'Number them without gaps.',
      )
  })
  const last = variables[variables.length - 1] as Variable
  const block = last.space === 'uniform' ? last : null
  const bindings = variables
    .filter((variable) => variable !== block)
    .map((variable): DeclaredBinding => {
      const { name, space, access, type } = variable
      const element = elementOf(/^array\s*<([\s\S]*?)(?:,\s*\w+\s*)?>$/.exec(type)?.[1]?.trim() ?? '', aliases)
      if (space !== 'storage' || !element)
        throw new ShaderError(
          where,
          `binding ${name} must be a storage array of 32-bit numbers or vectors; it is ${space} ${type}.`,
          'Only the last binding may be a uniform struct.',
        )
      return { name, access: access === 'read' ? 'read' : 'write', ...element }
    })
  const size =
    /@workgroup_size\(([^)]*)\)[\s\S]{0,80}?fn\s+main\b/.exec(code)?.[1] ?? /@workgroup_size\(([^)]*)\)/.exec(code)?.[1]
  if (size === undefined || !/fn\s+main\b/.test(code))
    throw new ShaderError(where, 'needs an entry point: @compute @workgroup_size(64) fn main(...).')
  const sides = size.split(',').map((side) => Number(side.trim().replace(/u$/, '')))
  if (!sides.every((side) => Number.isSafeInteger(side) && side > 0))
    throw new ShaderError(where, `@workgroup_size must be numbers; it is (${size}).`)
  return {
    bindings,
    parameters: block ? fieldsOf(where, code, block.type) : {},
    workgroupSize: sides.reduce((product, side) => product * side, 1),
  }
}
