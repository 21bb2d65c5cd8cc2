/** Pooling as layers; spikes are read as bits, and their largest value stays a bit. */

import { traceGlobalAveragePool } from '../ops/pooling.js'
import type { Pair } from '../ops/synapse.js'
import { type PoolWindow, traceMaxPool, traceWindowMean } from '../ops/window-pooling.js'
import type { Layer } from './layers.js'
import { pairOf, type Sides } from './sides.js'

export interface PoolOptions {
  /** Default: that of the window, so that windows lie side by side. */
  readonly stride?: Sides
  /** Pixels on both sides of each axis, fewer than the window has; default 0. */
  readonly padding?: Sides
}

export interface AveragePoolOptions extends PoolOptions {
  /** Whether the mean counts pixels outside the image, as zeros; default true. */
  readonly countPadding?: boolean
}

function windowOf(size: Sides, options: AveragePoolOptions): PoolWindow {
  const kernel: Pair = pairOf(size)
  return {
    kernel,
    stride: options.stride === undefined ? kernel : pairOf(options.stride),
    padding: pairOf(options.padding ?? 0),
    countPadding: options.countPadding ?? true,
  }
}

/**
 * Largest value under each window: spikes `[T, B, C, H, W]` to spikes (their OR), currents to currents. Among equals, as
 * spikes often are, the gradient belongs to the first of the window.
 * @throws OptionError on a number out of range, ShapeError when the window does not fit
 */
export const maxPool =
  (size: Sides, options: PoolOptions = {}): Layer =>
  (scope, x) =>
    traceMaxPool(scope.graph, x, windowOf(size, options))

/**
 * Mean over windows: spikes or currents `[T, B, C, H, W]` to real values `[T, B, C, OH, OW]`.
 * @throws OptionError on a number out of range, ShapeError when the window does not fit
 */
export const averagePool =
  (size: Sides, options: AveragePoolOptions = {}): Layer =>
  (scope, x) =>
    traceWindowMean(scope.graph, x, windowOf(size, options))

/** Mean over the whole image: `[T, B, C, H, W]` to `[T, B, C, 1, 1]`. */
export const globalAveragePool = (): Layer => (scope, x) => traceGlobalAveragePool(scope.graph, x)
