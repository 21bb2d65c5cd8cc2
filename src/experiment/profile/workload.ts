/** What a workload is: a small graph that makes the engine run kernels at a size of one's choice. */
import type { Graph } from '../../graph/graph.js'
import type { ActivationShape, Value } from '../../ops/op.js'

/** Sizes of a kernel's problem; activations are `[T, B, C, H, W]`. */
export interface KernelShape extends ActivationShape {
  /** Channels that a convolution gives. */
  readonly outputChannels: number
  /** Side of a convolution's window. */
  readonly kernel: number
  /** Of a convolution, and side of a pooling window. */
  readonly stride: number
}

/** What a workload traces its op on. */
export interface WorkloadInputs {
  readonly graph: Graph
  readonly shape: KernelShape
  /** Spikes `[T, B, C, H, W]` that fire at the wanted rate; other channel counts on request. */
  spikes(channels?: number): Value
  /** Random numbers of the same shape, or with one time step; in [-1, 1), or in [0, 1) where `unit` says so. */
  real(options?: { readonly constant?: boolean; readonly channels?: number; readonly unit?: boolean }): Value
  /** A trained weight of so many numbers. */
  weights(elements: number): Value
  /** Persistent numbers. */
  state(elements: number): Value
}

export interface Workload {
  readonly name: string
  /** Traces the op on fresh inputs. A returned value is where a backward pass begins. */
  readonly trace: (inputs: WorkloadInputs) => Value | undefined
  /** Words of slots that the op makes itself. */
  readonly write?: (shape: KernelShape) => Readonly<Record<string, Uint32Array>>
}
