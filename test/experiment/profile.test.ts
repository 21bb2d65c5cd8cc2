import { describe, expect, it } from 'vitest'
import { ConfigError, OptionError, ShaderError, ShapeError } from '../../src/errors.js'
import { networkNames } from '../../src/experiment/named-network.js'
import { randomSpikeWords } from '../../src/experiment/profile/fill.js'
import { findWorkload, profileKernel } from '../../src/experiment/profile/kernel.js'
import { profileModel, usualModelProfile } from '../../src/experiment/profile/model.js'
import { networkOfSize } from '../../src/experiment/profile/networks.js'
import {
  type OwnShaderInput,
  ownShaderCall,
  parseOwnShaderSettings,
  profileOwnShader,
} from '../../src/experiment/profile/own-shader.js'
import { Variants } from '../../src/runtime/variants.js'
import { unpackSpikes } from '../../src/testing/oracle/dissimilarity.js'
import { testGpu } from '../support/gpu.js'
import { declaredKernels } from '../support/kernels.js'

const kernels = await declaredKernels()
const maxBinding = 2 ** 27
/** Measured elsewhere. */
const ceilings = { copyGigabytesPerSecond: 10, multiplyAddGigaflopsPerSecond: 100, method: 'timestamps' } as const
/** Parts of the measuring itself. */
const without = ['profiler/', 'testing/']
/** A device with kernels for subgroups, whatever runs this test. */
const wide = new Variants({ software: true, subgroupLanes: 8 })
const names = [...new Set(kernels.map(({ shader }) => shader))]

describe('the workload of a kernel', () => {
  it.each(names.filter((shader) => !without.some((start) => shader.startsWith(start))))('leads to %s', (shader) => {
    const { shape } = findWorkload(shader, {}, maxBinding, wide)
    expect(shape.batch).toBeGreaterThan(0)
  })

  it('has the size that is asked for', () => {
    const { shape } = findWorkload('convolution/spike_forward', { channels: 5, width: 9 }, maxBinding)
    expect(shape).toMatchObject({ channels: 5, width: 9, height: 14, steps: 4 })
  })

  it('is refused for a kernel that is not there, or not used at a size', () => {
    expect(() => findWorkload('pooling/none', {}, maxBinding)).toThrow(OptionError)
    // rows of 16 pixels are served by another kernel
    expect(() => findWorkload('convolution/input_gradient_rows', { width: 15 }, maxBinding)).toThrow(
      'is not used at this size',
    )
    expect(() => findWorkload('pooling/average', { stride: 99 }, maxBinding)).toThrow(ShapeError)
  })
})

describe('the profile of a kernel', () => {
  it('is of that kernel alone, driven by spikes at the rate asked for', async () => {
    const shape = { steps: 1, batch: 2, height: 6, width: 6, channels: 8, outputChannels: 4 }
    const profile = await profileKernel(await testGpu(), 'convolution/spike_forward', {
      shape,
      rate: 0.25,
      repeats: 1,
      ceilings,
    })
    const [phase] = profile.phases
    expect(phase?.kernels.map(({ kernel }) => kernel)).toEqual(['convolution/spike_forward'])
    expect(phase?.kernels[0]).toMatchObject({ calls: 1, flops: 2 * 2 * 36 * 4 * 9 * 8 })
    expect(phase?.kernels[0]?.activity).toBeGreaterThan(0.15)
    expect(phase?.kernels[0]?.activity).toBeLessThan(0.35)
    expect(profile.target).toContain('channels 8')
  })

  it.each(['events/bin', 'encoding/rate'])('writes what the op reads: %s has something to do', async (kernel) => {
    const shape = { steps: 2, batch: 2, height: 6, width: 6, channels: 3 }
    const profile = await profileKernel(await testGpu(), kernel, { shape, repeats: 1, ceilings })
    expect(profile.phases[0]?.kernels.map((summary) => summary.kernel)).toEqual([kernel])
    expect(profile.phases[0]?.kernels[0]?.bytes).toBeGreaterThan(0)
  })
})

describe('the profile of a network', () => {
  it.each(networkNames)('is one of a training step and an evaluation: %s', async (name) => {
    const gpu = await testGpu()
    const model = networkOfSize(gpu, name, { timeSteps: 2, side: 8, inputChannels: 1, width: 4, classes: 3 })
    try {
      await model.memory.initialize([1, 0])
      const before = await model.memory.read('weights')
      const profile = await profileModel(gpu, name, model, { ...usualModelProfile, batch: 2, repeats: 2, ceilings })
      expect(profile.phases.map((phase) => phase.name)).toEqual(['training step', 'evaluation'])
      const [training, evaluation] = profile.phases.map((phase) => phase.kernels.map(({ kernel }) => kernel))
      expect(training).toContain('neuron/backward')
      expect(evaluation).toContain('neuron/forward')
      expect(evaluation).not.toContain('neuron/backward')
      for (const { wallMilliseconds } of profile.phases) expect(wallMilliseconds).toBeGreaterThan(0)
      // whoever profiles a model wants to keep it
      expect(await model.memory.read('weights')).toEqual(before)
    } finally {
      model.release()
    }
  })

  it('knows a cost for every dispatch, and arithmetic for all but moving and packing', async () => {
    const gpu = await testGpu()
    const model = networkOfSize(gpu, 'conv-lif', { timeSteps: 2, side: 8, inputChannels: 1, width: 4, classes: 3 })
    try {
      await model.memory.initialize([1, 0])
      const { phases } = await profileModel(gpu, 'x', model, { ...usualModelProfile, batch: 2, repeats: 1, ceilings })
      const moving = [
        'elementwise/unpack_spikes',
        'elementwise/copy',
        'synapse/transpose_weights',
        'convolution/flip_weights',
      ]
      for (const { dispatches } of phases)
        for (const { kernel, flops, bytes } of dispatches) {
          expect(bytes, kernel).toBeGreaterThan(0)
          if (!moving.includes(kernel)) expect(flops, kernel).toBeGreaterThan(0)
        }
    } finally {
      model.release()
    }
  })
})

describe('random spikes', () => {
  it('fire at their rate, none beyond the last neuron', () => {
    for (const rate of [0, 0.1, 0.5, 1]) {
      // unpacking fails on a surplus bit
      const spikes = unpackSpikes(randomSpikeWords(50, 75, rate), 50, 75)
      const mean = spikes.reduce((sum, spike) => sum + spike, 0) / spikes.length
      expect(Math.abs(mean - rate)).toBeLessThan(0.03)
    }
  })
})

const text = `struct Parameters { invocations : u32, scale : f32 }
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read> bits : array<u32>;
@group(0) @binding(2) var<storage, read_write> y : array<f32>;
@group(0) @binding(3) var<uniform> p : Parameters;
#include "lib/grid"
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  #if \${SQUARE}
  y[index] = x[index] * x[index] * p.scale * f32(bits[index / 32u]);
  #else
  y[index] = x[index] * p.scale * f32(bits[index / 32u]);
  #endif
}
`
const settings: OwnShaderInput = {
  elements: { x: 640, bits: 20, y: 640 },
  parameters: { invocations: 640, scale: 0.5 },
  flags: { SQUARE: true },
  fill: { bits: { spikes: 0.25 } },
  invocations: 640,
  flops: 1920,
}
const callOf = (change: Partial<OwnShaderInput>, source = text) =>
  ownShaderCall('mine.wgsl', source, parseOwnShaderSettings({ ...settings, ...change }, 'test'), 2 ** 20)

describe('a shader of one’s own', () => {
  it('is profiled with the traffic of its bindings and the arithmetic that is told', async () => {
    const parsed = parseOwnShaderSettings(settings, 'test')
    const profile = await profileOwnShader(await testGpu(), 'mine.wgsl', text, parsed, { repeats: 2, ceilings })
    expect(profile.phases[0]?.kernels[0]).toMatchObject({ calls: 1, flops: 1920, bytes: 4 * (640 + 20 + 640) })
    expect(profile.phases[0]?.wallMilliseconds).toBeGreaterThan(0)
  })

  it('gets contents as asked for: numbers to read, zeros to write into, spikes at a rate', () => {
    const { data, kernel } = callOf({})
    expect(data.y?.every((value) => value === 0)).toBe(true)
    expect(new Set(data.x).size).toBeGreaterThan(600)
    const ones = unpackSpikes(data.bits as Uint32Array, 1, 640).reduce((sum, spike) => sum + spike, 0)
    expect(ones).toBeGreaterThan(100)
    expect(ones).toBeLessThan(220)
    expect(kernel).toMatchObject({ bindings: { x: 'read', bits: 'read', y: 'write' }, workgroupSize: 64 })
  })

  it.each<[string, Partial<OwnShaderInput>, string]>([
    ['a size missing', { elements: { x: 1, bits: 1 } }, 'needs a value for its binding y'],
    ['a size of nothing', { elements: { ...settings.elements, z: 1 } }, 'declares no binding z'],
    ['a parameter missing', { parameters: { invocations: 1 } }, 'parameter scale'],
    ['a parameter too many', { parameters: { ...settings.parameters, more: 1 } }, 'declares no parameter more'],
    ['a flag missing', { flags: {} }, 'needs a value for its flag SQUARE'],
    ['a flag too many', { flags: { SQUARE: true, CUBE: true } }, 'declares no flag CUBE'],
    ['contents for nothing', { fill: { z: 'zeros' } }, 'declares no binding z'],
    ['no grid', { invocations: undefined }, 'either invocations or workgroups'],
    ['two grids', { workgroups: [1, 1, 1] }, 'either invocations or workgroups'],
    ['more than a binding holds', { elements: { ...settings.elements, x: 2 ** 20 } }, 'binds at most'],
  ])('is refused with %s', (_, change, message) => {
    expect(() => callOf(change)).toThrow(ShaderError)
    expect(() => callOf(change)).toThrow(message)
  })

  it.each<[string, unknown, string]>([
    ['a key that means nothing', { ...settings, size: 1 }, 'size'],
    ['a negative size', { ...settings, elements: { x: -1 } }, 'elements.x'],
    ['a size that is no number', { ...settings, elements: { x: 'many' } }, 'elements.x'],
    ['an unknown filling', { ...settings, fill: { x: 'ones' } }, 'fill.x'],
    ['no object', 7, 'the whole'],
  ])('has settings that are refused with %s', (_, value, where) => {
    expect(() => parseOwnShaderSettings(value, 'mine.json')).toThrow(ConfigError)
    expect(() => parseOwnShaderSettings(value, 'mine.json')).toThrow(where)
  })

  it('is refused with its line when it does not compile', async () => {
    const broken = text.replace('* p.scale', '* p.size')
    const parsed = parseOwnShaderSettings(settings, 'test')
    await expect(profileOwnShader(await testGpu(), 'broken.wgsl', broken, parsed)).rejects.toThrow(
      /E_SHADER broken.wgsl.*line \d+/,
    )
  })
})
