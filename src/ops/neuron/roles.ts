/** Inputs and outputs of a node by name, where some of them may be missing. */
import type { Value } from '../op.js'

/** Attributes that say which input and output is which. */
export interface Roles<I extends string, O extends string> {
  readonly inputs: readonly I[]
  readonly outputs: readonly O[]
}

type Named<R extends string> = Partial<Record<R, Value>>

const named = <R extends string>(roles: readonly R[], values: readonly Value[]): Named<R> =>
  Object.fromEntries(roles.map((role, index) => [role, values[index]])) as Named<R>

/** The values of a node by role. */
export function valuesOf<I extends string, O extends string>(node: {
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly attributes: { readonly roles: Roles<I, O> }
}) {
  const { roles } = node.attributes
  return { ...named(roles.inputs, node.inputs), ...named(roles.outputs, node.outputs) } as Named<I | O>
}

/** Splits a record of values, some of them absent, into names and values. */
export function rolesOf<R extends string>(values: Readonly<Partial<Record<R, Value | null | undefined>>>) {
  const present = (Object.entries(values) as [R, Value | null | undefined][]).filter(
    (entry): entry is [R, Value] => entry[1] !== null && entry[1] !== undefined,
  )
  return { names: present.map(([role]) => role), values: present.map(([, value]) => value) }
}
