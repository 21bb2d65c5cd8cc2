import { describe, expect, it } from 'vitest'
import { kernelsOf } from '../../src/experiment/profile/kernel.js'
import { workloads } from '../../src/experiment/profile/workloads.js'
import { tileColumns, tileInvocations } from '../../src/ops/convolution-tile.js'
import { Variants } from '../../src/runtime/variants.js'

const shape = { steps: 2, batch: 4, height: 14, width: 14, channels: 32, outputChannels: 64, kernel: 3, stride: 1 }

/** Convolution kernels by tiles that a device runs by default. */
function tilesOf(traits: { software: boolean; subgroupLanes: number }, sizes: Partial<typeof shape>): string[] {
  const used = workloads
    .filter(({ name }) => name === 'convolution of spikes' || name === 'convolution of numbers')
    .flatMap((workload) => [...kernelsOf(workload, { ...shape, ...sizes }, 2 ** 27, new Variants(traits))])
  return [...new Set(used)].filter((kernel) => /^convolution\/.*_tile$/.test(kernel)).sort()
}

describe('convolutions by tiles', () => {
  it.each([0, 32])('are the default of hardware with %s lanes, for every job of a wide layer', (subgroupLanes) => {
    expect(tilesOf({ software: false, subgroupLanes }, {})).toEqual([
      'convolution/dense_forward_tile',
      'convolution/dense_weight_gradient_tile',
      'convolution/spike_forward_tile',
      'convolution/spike_weight_gradient_tile',
    ])
  })

  it('are not for layers that cannot share what they stage, nor for software', () => {
    expect(tilesOf({ software: false, subgroupLanes: 32 }, { channels: 8, outputChannels: 8 })).toEqual([])
    expect(tilesOf({ software: false, subgroupLanes: 32 }, { kernel: 1, channels: 15 })).toEqual([])
    expect(tilesOf({ software: true, subgroupLanes: 8 }, {})).toEqual([])
  })

  it('have the shape that multiplies least', () => {
    expect([8, 16, 24, 32, 33, 64, 80, 128].map((channels) => tileColumns(channels))).toEqual([2, 2, 4, 4, 8, 8, 4, 8])
    // a table of 36 rows fills a small part of a tile that is 256 rows long
    expect(tileColumns(16, 36)).toBe(8)
  })

  it('cover every row and channel', () => {
    expect(tileInvocations(64, 64, 8)).toBe(64)
    expect(tileInvocations(65, 64, 8)).toBe(128)
    expect(tileInvocations(256, 17, 2)).toBe(128)
  })
})
