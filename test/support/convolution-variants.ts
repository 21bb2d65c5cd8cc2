/** Kernels of a convolution by variant, so that each is tested whatever the device would choose. */
import type { VariantChoices } from '../../src/runtime/variants.js'

/** Where a variant cannot serve a shape, or the device lacks what it needs, the next best one is tested again. */
export const convolutionVariants: readonly (readonly [name: string, choices: VariantChoices])[] = [
  [
    'portable kernels',
    {
      'spike convolution': 'skipping',
      'dense convolution': 'strip',
      'convolution input gradient': 'strip',
      'spike weight gradient': 'portable',
      'dense weight gradient': 'portable',
    },
  ],
  [
    'subgroup kernels',
    {
      'spike convolution': 'lookup',
      'dense convolution': 'subgroup',
      'convolution input gradient': 'subgroup',
      'spike weight gradient': 'subgroup',
      'dense weight gradient': 'subgroup',
    },
  ],
]
