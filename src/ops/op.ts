/**
 * What an op is: how it is traced, differentiated, and turned into dispatches. The graph knows ops only through this.
 *
 * Activations are logically `[T, B, C, H, W]` and stored channel-last, `[T, B, H, W, C]`; spikes are stored as bits,
 * each image (one sample at one step) padded to whole 32-bit words.
 */
import type { ShaderFlags } from '../runtime/expression.js'
import type { BufferView, CostRule, KernelDefinition } from '../runtime/kernel.js'
import type { Variants } from '../runtime/variants.js'

/** `f16`: an activation of f32 numbers that is stored as halves, two a word, where channels come in fours. */
export type DataType = 'f32' | 'f16' | 'u32' | 'spikes'

export interface ActivationShape {
  /** T; 1 also for a value that is the same at every step. */
  readonly steps: number
  readonly batch: number
  readonly height: number
  readonly width: number
  readonly channels: number
}

/** Where a value lives. */
export type Storage =
  | { readonly kind: 'temporary' }
  /** Trained weights, `[...]` in the parameter arena. */
  | { readonly kind: 'parameter'; readonly name: string }
  /** Gradient of a parameter, in the gradient arena. */
  | { readonly kind: 'gradient'; readonly name: string }
  /** Persistent and mutable, shared by programs of one model (running averages, optimiser moments). */
  | { readonly kind: 'state'; readonly name: string }
  /** Persistent within one program; the host writes or reads it by name (inputs, labels, metrics, records). */
  | { readonly kind: 'slot'; readonly name: string }
  /** Shares the memory of another value, which must not be read afterwards. */
  | { readonly kind: 'alias'; readonly of: Value }

export interface Value {
  readonly id: number
  readonly label: string
  readonly dtype: DataType
  /** Null for anything that is not an activation (weights, statistics, partial sums). */
  readonly shape: ActivationShape | null
  /** Four-byte elements; for values kept at slab boundaries, elements of one boundary. */
  readonly elements: number
  /** One copy for each boundary between slabs. */
  readonly perSlab: boolean
  readonly storage: Storage
}

/** A stretch of consecutive time steps that one dispatch works on. */
export interface Slab {
  readonly index: number
  readonly firstStep: number
  readonly steps: number
}

export interface OpNode<A = unknown> {
  readonly definition: OpDefinition<A>
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly attributes: A
}

/** Places among a node's inputs and outputs. */
export interface HalfPlaces {
  readonly reads?: readonly number[]
  readonly writes?: readonly number[]
}

export interface OpDefinition<A> {
  readonly name: string
  /** Forward values that the adjoint reads besides the inputs' gradients; null when the op has no gradient. */
  readonly adjoint?: (context: AdjointContext, node: OpNode<A>) => void
  readonly lower: (context: LoweringContext, node: OpNode<A>) => void
  /** May be run again in the backward pass instead of keeping its outputs. */
  readonly recomputable?: boolean
  /** What it can take as f16 where channels come in fours; nothing unless it says so. */
  readonly halves?: (node: OpNode<A>) => HalfPlaces
}

export interface Tracer {
  activation(dtype: 'f32' | 'spikes', shape: ActivationShape, label: string): Value
  raw(dtype: 'f32' | 'u32', elements: number, label: string, options?: { storage?: Storage; perSlab?: boolean }): Value
  /** A value that takes over the memory of `of`, maybe under another shape of the same size. */
  alias(of: Value, label: string, shape?: ActivationShape): Value
  emit<A>(definition: OpDefinition<A>, inputs: readonly Value[], outputs: readonly Value[], attributes: A): void
}

export interface AdjointContext extends Tracer {
  /** Gradient that has arrived at an output of the node; null if nothing downstream depends on it. */
  gradientOf(value: Value): Value | null
  /** Whether anything wants a gradient of this value. */
  wanted(value: Value): boolean
  /** A forward value as the backward pass may read it (kept, or computed again). */
  saved(value: Value): Value
  /**
   * Adds a contribution to a value's gradient. `make` gets the gradient so far, whose memory it may add into
   * (returning an alias of it), or null when it is the first.
   */
  contribute(value: Value, make: (into: Value | null) => Value): void
  /** Contributes a gradient that other nodes read as well, so nobody may add into it. */
  share(value: Value, gradient: Value): void
  /** Contributes to the gradient of a parameter, or of weights that were made from parameters. */
  contributeParameter(parameter: Value, make: (gradient: Value, accumulate: boolean) => void): void
}

/** A kernel and how it is run; what it binds stands apart, since kernels for one job bind the same. */
export interface Served {
  readonly kernel: KernelDefinition
  readonly flags?: ShaderFlags
  readonly parameters: Readonly<Record<string, number>>
  readonly invocations: number
}

/** Runs in a dispatch's place while the spikes that drive it are rare. */
export interface SparseService extends Served {
  /** Whose spikes are counted: dispatches of one layer change together. */
  readonly layer: string
  /** Shares of neurons that fire: below the first it is taken, above the second given up. */
  readonly below: number
  readonly above: number
}

export interface DispatchRequest extends Served {
  readonly views: Readonly<Record<string, BufferView>>
  /** Needs `cost.spikes`. */
  readonly sparse?: SparseService
  /** Arithmetic, and where traffic is not what is bound; see `CostRule`. */
  readonly cost?: CostRule
  readonly label?: string
}

export interface LoweringContext {
  readonly slabs: readonly Slab[]
  /** Which of several kernels to use. */
  readonly variants: Variants
  /** Memory of a value: all of it, or the part of one slab. */
  view(value: Value, slab?: Slab): BufferView
  /** Memory that lives for this node only. */
  scratch(elements: number): BufferView
  /** Something to bind where a kernel's flags make a binding unused. */
  unused(slot: number): BufferView
  /** A small block of numbers that the host sets before each run. */
  stepUniform(name: string): BufferView
  dispatch(request: DispatchRequest): void
}

export const ceilDivide = (a: number, b: number): number => Math.ceil(a / b)
/** Channels rounded up to a multiple of four, the width of statistics tables. */
export const paddedChannels = (channels: number): number => ceilDivide(channels, 4) * 4
export const imagesOf = (shape: ActivationShape): number => shape.steps * shape.batch
export const pixelsOf = (shape: ActivationShape): number => shape.height * shape.width
export const neuronsOf = (shape: ActivationShape): number => shape.height * shape.width * shape.channels
export const wordsOf = (shape: ActivationShape): number => ceilDivide(neuronsOf(shape), 32)
/** Pixels that one invocation of a convolution or a per-channel pass owns. */
export const stripLength = 16
export const stripsOf = (shape: ActivationShape): number => ceilDivide(pixelsOf(shape), stripLength)

/** Four-byte elements of an activation. */
export const elementsOf = (dtype: DataType, shape: ActivationShape): number =>
  imagesOf(shape) * (dtype === 'spikes' ? wordsOf(shape) : dtype === 'f16' ? neuronsOf(shape) / 2 : neuronsOf(shape))

/** Whether its numbers are stored as halves. */
export const isHalf = (value: Value): boolean => value.dtype === 'f16'

/** The activation shape of a value, or an error that names the op: ops use it where only activations make sense. */
export function shapeOf(value: Value): ActivationShape {
  if (!value.shape) throw new TypeError(`${value.label} is not an activation`)
  return value.shape
}

/** How many images of a value one slab covers; a value with one step is constant and always whole. */
export function slabImages(shape: ActivationShape, slab: Slab): { first: number; count: number } {
  return shape.steps === 1
    ? { first: 0, count: shape.batch }
    : { first: slab.firstStep * shape.batch, count: slab.steps * shape.batch }
}

/** Slabs to walk for a value: a constant one is done once. */
export const slabsFor = (context: LoweringContext, shape: ActivationShape): readonly Slab[] =>
  shape.steps === 1 ? [{ index: 0, firstStep: 0, steps: 1 }] : context.slabs

/** Slots whose name begins so hold a count of inputs that an op could not use; a program sets them to zero at first. */
export const faultPrefix = 'fault:'

export const faultSlot = (tracer: Tracer, label: string): Value =>
  tracer.raw('u32', 1, `${label} faults`, { storage: { kind: 'slot', name: `${faultPrefix}${label}` } })
