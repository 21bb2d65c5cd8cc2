/** Convolutions on activations that are stored as f16: a variant whose kernel knows none is passed over. */
import type { ShaderFlags } from '../runtime/expression.js'
import type { KernelDefinition } from '../runtime/kernel.js'
import { Variants } from '../runtime/variants.js'
import { isHalf, type Value } from './op.js'

interface Served {
  readonly kernel: KernelDefinition
  readonly flags?: ShaderFlags
  /** Where there is one, it knows the same halves as the kernel whose place it takes. */
  readonly sparse?: { readonly kernel: KernelDefinition; readonly flags?: ShaderFlags }
}

/** Variants that know halves, of every job. */
const subgroup = {
  'spike convolution': 'lookup',
  'dense convolution': 'subgroup',
  'dense weight gradient': 'subgroup',
} as const
const portable = {
  'spike convolution': 'skipping',
  'dense convolution': 'strip',
  'dense weight gradient': 'portable',
} as const

/**
 * What serves a dispatch that reads x and, unless it is a gradient, writes y.
 * @param serve the choice for given variants
 */
export function servedOnHalves<S extends Served>(
  variants: Variants,
  { x, y }: { readonly x: Value; readonly y?: Value },
  serve: (variants: Variants) => S,
): S {
  const wanted: ShaderFlags = {
    ...(isHalf(x) ? { HALF_IN: true } : {}),
    ...(y && isHalf(y) ? { HALF_OUT: true } : {}),
  }
  const { traits } = variants
  const known = [subgroup, portable].map((choices) => new Variants(traits, choices))
  for (const tried of [variants, ...(traits.software ? known : known.reverse())]) {
    const served = serve(tried)
    if (Object.keys(wanted).every((flag) => Object.hasOwn(served.kernel.flags, flag)))
      return {
        ...served,
        flags: { ...served.flags, ...wanted },
        ...(served.sparse ? { sparse: { ...served.sparse, flags: { ...served.sparse.flags, ...wanted } } } : {}),
      }
  }
  throw new Error(`no kernel of a convolution takes ${Object.keys(wanted).join(' and ')}`)
}
