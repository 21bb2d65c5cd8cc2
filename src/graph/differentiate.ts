/** Reverse-mode differentiation: visits the forward nodes backwards and lets each op emit its adjoint. */

import { traceCombine } from '../ops/combine.js'
import type { AdjointContext, OpNode, Value } from '../ops/op.js'
import type { Graph, GraphNode } from './graph.js'

export interface DifferentiateOptions {
  /** Gives the place of a parameter's gradient; null for parameters that are not trained. */
  readonly gradientOf: (parameter: Value) => Value | null
  /** Compute currents again from the kept spikes instead of keeping them: less memory, about a third more time. */
  readonly recompute?: boolean
}

interface Accumulated {
  readonly value: Value
  /** Nobody else reads this memory, so more may be added into it. */
  readonly owned: boolean
}

/** Values that depend on something trained: only their gradients are of interest. */
function valuesToDifferentiate(nodes: readonly GraphNode[], options: DifferentiateOptions): Set<Value> {
  const wanted = new Set<Value>()
  const trained = (value: Value) => value.storage.kind === 'parameter' && options.gradientOf(value) !== null
  for (const node of nodes) {
    if (node.inputs.some((input) => wanted.has(input) || trained(input)))
      for (const output of node.outputs) wanted.add(output)
  }
  return wanted
}

/**
 * Appends the backward pass of everything traced so far to the graph, into the current region.
 * Gradients start where an op provides its own (a loss); parameters' gradients land where `gradientOf` says.
 */
export function differentiate(graph: Graph, options: DifferentiateOptions): void {
  const forward = [...graph.nodes]
  const wanted = valuesToDifferentiate(forward, options)
  const gradients = new Map<Value, Accumulated>()
  /** Gradients, not parameters: a parameter that is declared again for each step is the same one. */
  const touchedGradients = new Set<Value>()
  const recomputed = new Map<Value, Value>()

  const saved = (value: Value): Value => {
    if (!options.recompute) return value
    const producer = graph.producers.get(value)
    if (!producer?.definition.recomputable || !forward.includes(producer)) return value
    const known = recomputed.get(value)
    if (known) return known
    const inputs = producer.inputs.map(saved)
    if (!value.shape) return value
    const copy = graph.activation(value.dtype === 'spikes' ? 'spikes' : 'f32', value.shape, `${value.label} again`)
    graph.emit(producer.definition, inputs, [copy], producer.attributes)
    recomputed.set(value, copy)
    return copy
  }

  const gradient = (value: Value): Value => {
    graph.gradients.add(value)
    return value
  }
  const context: AdjointContext = {
    activation: (...of) => gradient(graph.activation(...of)),
    raw: (...of) => gradient(graph.raw(...of)),
    alias: graph.alias.bind(graph),
    emit: graph.emit.bind(graph),
    gradientOf: (value) => gradients.get(value)?.value ?? null,
    wanted: (value) => wanted.has(value),
    saved,
    contribute(value, make) {
      if (!wanted.has(value)) return
      const existing = gradients.get(value)
      if (!existing) {
        gradients.set(value, { value: make(null), owned: true })
      } else if (existing.owned) {
        gradients.set(value, { value: make(existing.value), owned: true })
      } else {
        const added = make(null)
        gradients.set(value, {
          value: traceCombine(context, [{ x: existing.value }, { x: added }], `d ${value.label}`),
          owned: true,
        })
      }
    },
    share(value, gradient) {
      if (!wanted.has(value)) return
      const existing = gradients.get(value)
      const sum = existing
        ? traceCombine(context, [{ x: existing.value }, { x: gradient }], `d ${value.label}`)
        : gradient
      gradients.set(value, { value: sum, owned: existing !== undefined })
    },
    contributeParameter(parameter, make) {
      if (parameter.storage.kind !== 'parameter') {
        const label = `d ${parameter.label}`
        context.contribute(parameter, (into) => {
          const gradient = into ? context.alias(into, label) : context.raw('f32', parameter.elements, label)
          make(gradient, into !== null)
          return gradient
        })
        return
      }
      const gradient = options.gradientOf(parameter)
      if (!gradient) return
      make(gradient, touchedGradients.has(gradient))
      touchedGradients.add(gradient)
    },
  }
  for (const node of forward.reverse()) node.definition.adjoint?.(context, node as OpNode<unknown>)
}
