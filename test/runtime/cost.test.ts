import { describe, expect, it } from 'vitest'
import { costOf } from '../../src/runtime/cost.js'
import type { BufferView, KernelDefinition } from '../../src/runtime/kernel.js'

const kernel: KernelDefinition = {
  shader: 'test/none',
  bindings: { x: 'read', state: 'read', y: 'write' },
  parameters: {},
  flags: { ACCUMULATE: false },
  workgroupSize: 64,
}
const view = (size: number): BufferView => ({ holder: { buffer: null }, offset: 0, size })
const views = { x: view(400), state: view(40), y: view(100) }

describe('the cost of a dispatch', () => {
  it('is what it binds, each byte once, and no arithmetic unless the op says so', () => {
    expect(costOf({ kernel, views })).toEqual({ flops: 0, bytes: 540 })
  })

  it('counts an output twice where the dispatch adds to it', () => {
    expect(costOf({ kernel, views, flags: { ACCUMULATE: true }, cost: { flops: 7 } })).toEqual({ flops: 7, bytes: 640 })
  })

  it('leaves out bindings that the flags leave unused', () => {
    expect(costOf({ kernel, views }, ({ size }) => size === 40).bytes).toBe(500)
  })

  it('takes the op at its word for parts of a binding, and for all of the traffic', () => {
    expect(costOf({ kernel, views, cost: { touched: { x: 10 } } }).bytes).toBe(150)
    expect(costOf({ kernel, views, cost: { touched: { x: 10 }, bytes: 3 } }).bytes).toBe(3)
  })

  it('passes on which spikes drive the arithmetic', () => {
    const spikes = { binding: 'x', neurons: 90 }
    expect(costOf({ kernel, views, cost: { flops: 1, spikes } }).spikes).toEqual(spikes)
  })
})
