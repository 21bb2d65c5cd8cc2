import { standInSpace } from './stand-in-evaluator.js'

/** The search of `search-child.ts`, to be repeated by whoever checks it. */
export const childSearch = {
  space: standInSpace,
  seed: 21,
  population: 8,
  offspring: 8,
  generations: 8,
  objectives: ['fitness', 'parameters'],
  baseline: true,
} as const
