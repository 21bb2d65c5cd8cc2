/** A traced computation: values and the ops between them, in execution order, grouped into regions. */
import {
  type ActivationShape,
  elementsOf,
  type OpDefinition,
  type OpNode,
  type Storage,
  type Tracer,
  type Value,
} from '../ops/op.js'

/** An op with its attributes' type forgotten: the graph never looks inside. */
export interface GraphNode extends OpNode<unknown> {
  /** Straight-line stretch of the program that the host runs as a unit. */
  readonly region: string
}

export class Graph implements Tracer {
  readonly nodes: GraphNode[] = []
  /** Which node made a value; the latest, for values updated in place. */
  readonly producers = new Map<Value, GraphNode>()
  /** Values that the backward pass made for itself, which are not those of the network. */
  readonly gradients = new Set<Value>()
  /** Region that new nodes go into. */
  region = 'main'
  private nextId = 0

  private create(value: Omit<Value, 'id'>): Value {
    return { id: this.nextId++, ...value }
  }

  activation(
    dtype: 'f32' | 'spikes',
    shape: ActivationShape,
    label: string,
    storage: Storage = { kind: 'temporary' },
  ): Value {
    return this.create({ label, dtype, shape, elements: elementsOf(dtype, shape), perSlab: false, storage })
  }

  raw(
    dtype: 'f32' | 'u32',
    elements: number,
    label: string,
    options: { storage?: Storage; perSlab?: boolean } = {},
  ): Value {
    return this.create({
      label,
      dtype,
      shape: null,
      elements,
      perSlab: options.perSlab ?? false,
      storage: options.storage ?? { kind: 'temporary' },
    })
  }

  alias(of: Value, label: string, shape = of.shape): Value {
    return this.create({
      label,
      dtype: of.dtype,
      shape,
      elements: of.elements,
      perSlab: of.perSlab,
      storage: { kind: 'alias', of },
    })
  }

  emit<A>(definition: OpDefinition<A>, inputs: readonly Value[], outputs: readonly Value[], attributes: A): void {
    const node: GraphNode = {
      definition: definition as OpDefinition<unknown>,
      inputs,
      outputs,
      attributes,
      region: this.region,
    }
    this.nodes.push(node)
    for (const output of outputs) this.producers.set(output, node)
  }
}

/** The value whose memory this one uses. */
export function rootOf(value: Value): Value {
  let root = value
  while (root.storage.kind === 'alias') root = root.storage.of
  return root
}
