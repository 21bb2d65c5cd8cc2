/** The cost of a dispatch: what its op says, completed by what it binds. */
import type { ShaderFlags } from './expression.js'
import type { BindingAccess, BufferView, Cost, CostRule, KernelDefinition } from './kernel.js'

export interface CostedDispatch {
  readonly kernel: KernelDefinition
  readonly flags?: ShaderFlags
  readonly views: Readonly<Record<string, BufferView>>
  readonly cost?: CostRule
}

/**
 * Bytes are the least that the dispatch must move: every bound byte once, an output twice where it is added to. Caches
 * and repeated loads are not in it, so achieved GB/s compare with a copy kernel's.
 * @param isUnused whether a view only fills a binding that the flags leave out
 */
export function costOf(dispatch: CostedDispatch, isUnused: (view: BufferView) => boolean = () => false): Cost {
  const { kernel, flags = {}, views, cost: rule = {} } = dispatch
  let bytes = 0
  for (const [name, access] of Object.entries<BindingAccess>(kernel.bindings)) {
    const view = views[name]
    if (!view || isUnused(view)) continue
    const addsTo = access === 'write' && flags.ACCUMULATE === true
    bytes += rule.touched?.[name] ?? (addsTo ? 2 * view.size : view.size)
  }
  return { flops: rule.flops ?? 0, bytes: rule.bytes ?? bytes, ...(rule.spikes ? { spikes: rule.spikes } : {}) }
}
