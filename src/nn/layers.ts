/** Layers as plain functions from a scope and a value to a value, and how to chain them. */
import { type CombineEdge, traceCombine } from '../ops/combine.js'
import { traceUnpack } from '../ops/concatenate.js'
import { traceFlatten } from '../ops/flatten.js'
import type { Value } from '../ops/op.js'
import { momentsOfCurrent } from './moments.js'
import type { Scope } from './scope.js'

/** A part of a network. */
export type Layer = (scope: Scope, x: Value) => Value

/** Batch norm of a current, per step or pooled over time as the scope says. */
export const batchNorm = (): Layer => (scope, x) =>
  traceCombine(scope.graph, [{ x, norm: scope.batchNorm(x, momentsOfCurrent(x)) }], 'normalised')

/** Everything of a sample in one channel axis: `[T, B, C, H, W]` to `[T, B, H·W·C, 1, 1]`, channel-last order; moves nothing. */
export const flatten = (): Layer => (scope, x) => traceFlatten(scope.graph, x)

/** Sum of the outputs of branches that all read the same input; shapes must agree. */
export const residual =
  (...branches: readonly Layer[]): Layer =>
  (scope, x) => {
    const edges = branches.map(
      (branch, index): CombineEdge => ({ x: traceUnpack(scope.graph, branch(scope.child(`branch${index}`), x)) }),
    )
    return traceCombine(scope.graph, edges, 'sum')
  }

/** Passes its input on. */
export const identity = (): Layer => (_, x) => x

/** Layers one after the other; parameters are named by position. */
export const sequential =
  (...layers: readonly Layer[]): Layer =>
  (scope, x) =>
    layers.reduce((value, layer, index) => layer(scope.child(String(index)), value), x)
