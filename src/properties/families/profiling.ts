/** Kernels of the profiler: what it measures with must move, compute and count what it says. */
import * as fc from 'fast-check'
import { copyRate, multiplyAddRate } from '../../runtime/profiler/ceilings.js'
import { countBits } from '../../runtime/profiler/timing.js'
import { awkwardSize } from '../../testing/arbitraries.js'
import { kernelProperty } from '../kernel-property.js'
import type { GpuProperty } from '../property.js'

const copyProperty = (vector: boolean): GpuProperty => {
  const lanes = vector ? 4 : 1
  const elements = ({ invocations = 0, perInvocation = 0 }) => invocations * perInvocation * lanes
  return kernelProperty(copyRate, ({ x = new Float64Array() }) => ({ y: x }), {
    name: `profiler: a copy by ${vector ? 'fours' : 'ones'} moves every number once`,
    numbers: { invocations: awkwardSize(130), perInvocation: fc.constantFrom(1, 4) },
    flags: { VEC: fc.constant(vector) },
    inputs: (numbers) => ({ x: { kind: 'f32', elements: elements(numbers) } }),
    outputs: (numbers) => ({ y: { kind: 'f32', elements: elements(numbers) } }),
    parameters: (numbers) => numbers,
    invocations: ({ invocations = 0 }) => invocations,
    tolerance: {},
    runs: 10,
  })
}

/** Sum of 16 registers that begin at index, index + 1, ... */
function multiplyAdds(invocations: number, rounds: number, factor: number, term: number): Float64Array {
  return Float64Array.from({ length: 4 * invocations }, (_, i) => {
    let sum = 0
    for (let register = 0; register < 16; register++) {
      let c = Math.floor(i / 4) + register
      for (let round = 0; round < rounds; round++) c = c * factor + term
      sum += c
    }
    return sum
  })
}

export const profilingProperties: readonly GpuProperty[] = [
  copyProperty(true),
  copyProperty(false),
  kernelProperty(
    multiplyAddRate,
    (_, { numbers: { invocations = 0, rounds = 0, factor = 0, term = 0 } }) => ({
      y: multiplyAdds(invocations, rounds, factor, term),
    }),
    {
      name: 'profiler: multiply-adds are all done',
      numbers: {
        invocations: awkwardSize(130),
        rounds: fc.integer({ min: 0, max: 8 }),
        factor: fc.constantFrom(0.5, 0.25),
        term: fc.constantFrom(0.25, 1),
      },
      inputs: () => ({}),
      outputs: ({ invocations = 0 }) => ({ y: { kind: 'f32', elements: 4 * invocations } }),
      parameters: (numbers) => numbers,
      invocations: ({ invocations = 0 }) => invocations,
      runs: 10,
    },
  ),
  kernelProperty(
    countBits,
    ({ x = new Float64Array(), counts = new Float64Array() }, { numbers: { place = 0 } }) => ({
      counts: counts.map((count, k) => (k === place ? count + x.reduce((sum, spike) => sum + spike, 0) : count)),
    }),
    {
      name: 'profiler: spikes are counted, in their place',
      numbers: { words: awkwardSize(130), invocations: fc.constantFrom(1, 7, 64, 65), place: fc.nat({ max: 4 }) },
      inputs: ({ words = 0 }) => ({
        x: { kind: 'spikes', images: 1, neurons: 32 * words },
        counts: { kind: 'u32', elements: 5 },
      }),
      outputs: () => ({ counts: { kind: 'u32', elements: 5 } }),
      parameters: (numbers) => numbers,
      invocations: ({ invocations = 0 }) => invocations,
      tolerance: {},
      runs: 15,
    },
  ),
]
