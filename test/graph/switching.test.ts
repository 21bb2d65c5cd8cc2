import { describe, expect, it } from 'vitest'
import { KernelSwitches } from '../../src/graph/switching.js'

const one = (kernel: string) => ({ kernel })

/** Three dispatches: two slabs of layer `a`, one of layer `b`. */
function example() {
  const regions = new Map([['main', [one('first'), one('usual a'), one('usual a'), one('usual b')]]])
  const switchAt = (layer: string, index: number) => ({
    layer,
    region: 'main',
    index,
    usual: one(`usual ${layer}`),
    sparse: one(`sparse ${layer}`),
    below: 0.02,
    above: 0.04,
  })
  const switches = new KernelSwitches(regions, [switchAt('a', 1), switchAt('a', 2), switchAt('b', 3)])
  return { switches, kernels: () => regions.get('main')?.map(({ kernel }) => kernel) }
}

describe('kernels by activity', () => {
  it('begin as usual, and no rate is known', () => {
    const { switches } = example()
    expect(switches.sparseLayers).toEqual([])
    expect(switches.layers).toEqual([
      { layer: 'a', kernel: 'usual a', rate: null },
      { layer: 'b', kernel: 'usual b', rate: null },
    ])
    expect([...switches.placesOf('main')]).toEqual([
      [1, 'a'],
      [2, 'a'],
      [3, 'b'],
    ])
    expect(switches.placesOf('step').size).toBe(0)
  })

  it('change below the first rate and back only above the second', () => {
    const { switches, kernels } = example()
    expect(switches.decide(new Map([['a', 0.02]]))).toBe(false)
    expect(switches.decide(new Map([['a', 0.019]]))).toBe(true)
    expect(kernels()).toEqual(['first', 'sparse a', 'sparse a', 'usual b'])
    expect(switches.decide(new Map([['a', 0.04]]))).toBe(false)
    expect(switches.layers[0]).toEqual({ layer: 'a', kernel: 'sparse a', rate: 0.04 })
    expect(switches.decide(new Map([['a', 0.041]]))).toBe(true)
    expect(kernels()).toEqual(['first', 'usual a', 'usual a', 'usual b'])
  })

  it('are those of a list of layers, and of no others', () => {
    const { switches, kernels } = example()
    switches.decide(new Map([['a', 0]]))
    switches.choose(['b', 'of another network'])
    expect(kernels()).toEqual(['first', 'usual a', 'usual a', 'sparse b'])
    expect(switches.sparseLayers).toEqual(['b'])
  })
})
