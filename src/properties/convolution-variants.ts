/** Kernels of a convolution by variant, so that each can be pinned whatever the device would choose. */
import type { VariantChoices } from '../runtime/variants.js'

/** Where one cannot serve a shape, the next best one runs. */
export const portableKernels: VariantChoices = {
  'spike convolution': 'skipping',
  'dense convolution': 'strip',
  'convolution input gradient': 'strip',
  'spike weight gradient': 'portable',
  'dense weight gradient': 'portable',
}
export const subgroupKernels: VariantChoices = {
  'spike convolution': 'lookup',
  'dense convolution': 'subgroup',
  'convolution input gradient': 'subgroup',
  'spike weight gradient': 'subgroup',
  'dense weight gradient': 'subgroup',
}
/** Transforms that round: where they serve, results are the oracle's within a bound. */
export const winogradKernels: VariantChoices = {
  ...subgroupKernels,
  'dense convolution': 'winograd',
  'convolution input gradient': 'winograd',
  'dense weight gradient': 'winograd',
}
export const tileKernels: VariantChoices = {
  'spike convolution': 'tile',
  'dense convolution': 'tile',
  'convolution input gradient': 'tile',
  'spike weight gradient': 'tile',
  'dense weight gradient': 'tile',
}
export const eventKernels: VariantChoices = { ...portableKernels, 'spike convolution': 'events' }
export const teamEventKernels: VariantChoices = { ...subgroupKernels, 'spike convolution': 'team events' }
export const convolutionVariants = [
  ['portable kernels', portableKernels],
  ['subgroup kernels', subgroupKernels],
  ['tile kernels', tileKernels],
  ['event-driven kernels', eventKernels],
  ['event-driven kernels by teams', teamEventKernels],
  ['Winograd kernels', winogradKernels],
] as const
