/**
 * Layers that have one kernel for the usual activity and one for rare spikes, and which of the two runs.
 *
 * Two rates keep a layer from going to and fro: it takes the kernel for rare spikes when fewer than `below` of its input
 * neurons fire, and gives it up when more than `above` do. Rates are counts of spikes and so the same in every run.
 */

/** What a layer runs, and the share of its input neurons that fired when they were last counted; null before that. */
export interface LayerKernel {
  readonly layer: string
  readonly kernel: string
  readonly rate: number | null
}

/** One dispatch with two kernels. A layer has several where slabs cut it. */
export interface KernelSwitch<D> {
  readonly layer: string
  readonly region: string
  /** Its place among the region's dispatches. */
  readonly index: number
  readonly usual: D
  readonly sparse: D
  readonly below: number
  readonly above: number
}

export class KernelSwitches<D extends { readonly kernel: string }> {
  private readonly sparse = new Set<string>()
  private readonly rates = new Map<string, number>()

  constructor(
    private readonly regions: ReadonlyMap<string, D[]>,
    private readonly switches: readonly KernelSwitch<D>[],
  ) {}

  /** Places of a region's dispatches that have two kernels, with their layers. */
  placesOf(region: string): ReadonlyMap<number, string> {
    const own = this.switches.filter((one) => one.region === region)
    return new Map(own.map(({ index, layer }) => [index, layer]))
  }

  /** Layers that run their kernel for rare spikes, in order. */
  get sparseLayers(): readonly string[] {
    return [...this.sparse].sort()
  }

  /** Every layer that has two kernels. */
  get layers(): readonly LayerKernel[] {
    const all = new Map(this.switches.map(({ layer, usual, sparse }) => [layer, { usual, sparse }]))
    return [...all].map(([layer, { usual, sparse }]) => ({
      layer,
      kernel: (this.sparse.has(layer) ? sparse : usual).kernel,
      rate: this.rates.get(layer) ?? null,
    }))
  }

  /** Decides for the layers whose rates are given. @returns whether any layer changed its kernel */
  decide(rates: ReadonlyMap<string, number>): boolean {
    const before = this.sparseLayers.join()
    for (const { layer, below, above } of this.switches) {
      const rate = rates.get(layer)
      if (rate === undefined) continue
      this.rates.set(layer, rate)
      if (rate < below) this.sparse.add(layer)
      else if (rate > above) this.sparse.delete(layer)
    }
    this.apply()
    return this.sparseLayers.join() !== before
  }

  /** Exactly these layers run their kernel for rare spikes; names of layers without one are passed over. */
  choose(layers: Iterable<string>): void {
    const known = new Set(this.switches.map(({ layer }) => layer))
    this.sparse.clear()
    for (const layer of layers) if (known.has(layer)) this.sparse.add(layer)
    this.apply()
  }

  private apply(): void {
    for (const { layer, region, index, usual, sparse } of this.switches) {
      const list = this.regions.get(region)
      if (list) list[index] = this.sparse.has(layer) ? sparse : usual
    }
  }
}
