import { describe, expect, it } from 'vitest'
import { defineKernel } from '../../src/runtime/kernel.js'
import { type KernelCall, LoadedKernel, runKernel } from '../../src/runtime/kernel-run.js'
import { registerShader } from '../../src/runtime/shader.js'
import { testGpu } from '../support/gpu.js'

const text = (body: string) => `struct Parameters { invocations : u32, scale : f32, shift : i32 }
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read> n : array<i32>;
@group(0) @binding(2) var<storage, read_write> y : array<f32>;
@group(0) @binding(3) var<uniform> p : Parameters;
#include "lib/grid"
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let index = invocationIndex(group, groups, local);
  if (index >= p.invocations) { return; }
  ${body}
}
`
registerShader('test/affine', text('y[index] += x[index] * p.scale + f32(n[index] + p.shift);'))

const affine = defineKernel({
  shader: 'test/affine',
  bindings: { x: 'read', n: 'read', y: 'write' },
  parameters: { invocations: 'u32', scale: 'f32', shift: 'i32' },
  flags: {},
  workgroupSize: 64,
})

const call = (count: number, more: Partial<KernelCall> = {}): KernelCall => ({
  kernel: affine,
  data: {
    x: Float32Array.from({ length: count }, (_, i) => i),
    n: Int32Array.from({ length: count }, (_, i) => -i),
    y: new Float32Array(count).fill(100),
  },
  parameters: { invocations: count, scale: 0.5, shift: -2 },
  invocations: count,
  ...more,
})

const expected = (count: number) => Float32Array.from({ length: count }, (_, i) => 100 + i * 0.5 - i - 2)

describe('a kernel by itself', () => {
  it.each([0, 1, 63, 64, 65, 1000])(
    'gives what it wrote, and had its contents and numbers: %s elements',
    async (count) => {
      const { y, ...others } = await runKernel(await testGpu(), call(count))
      expect(y).toEqual(expected(count))
      expect(others).toEqual({})
    },
  )

  it('may be given workgroups instead of invocations', async () => {
    const { y } = await runKernel(await testGpu(), call(130, { invocations: 1, workgroups: [1, 3, 1] }))
    expect(y).toEqual(expected(130))
  })

  it('adds up over runs until it is reset', async () => {
    const loaded = await LoadedKernel.load(await testGpu(), call(3))
    try {
      loaded.run()
      loaded.run()
      expect(await loaded.read('y')).toEqual(Float32Array.of(96, 95, 94))
      loaded.reset()
      loaded.run()
      expect(await loaded.read('y')).toEqual(expected(3))
    } finally {
      loaded.release()
    }
  })

  it('is compiled anew when its text changes', async () => {
    const gpu = await testGpu()
    registerShader('test/changing', text('y[index] = 1.0;'))
    const kernel = { ...affine, shader: 'test/changing' }
    expect((await runKernel(gpu, call(2, { kernel }))).y).toEqual(Float32Array.of(1, 1))
    registerShader('test/changing', text('y[index] = 2.0;'))
    expect((await runKernel(gpu, call(2, { kernel }))).y).toEqual(Float32Array.of(2, 2))
  })

  it.each<[string, Partial<KernelCall>, string]>([
    [
      'contents of a binding that is not there',
      { data: { ...call(1).data, z: new Uint32Array(1) } },
      'has no binding z',
    ],
    ['no contents for one', { data: { x: new Float32Array(1) } }, 'needs contents for its binding n'],
    ['a parameter too few', { parameters: { invocations: 1, scale: 1 } }, 'parameter shift'],
    [
      'a parameter that is no number',
      { parameters: { invocations: 1, scale: Number.NaN, shift: 0 } },
      'parameter scale',
    ],
  ])('is refused %s', async (_, more, message) => {
    const gpu = await testGpu()
    const { usedBytes } = gpu.buffers.counters
    await expect(runKernel(gpu, call(1, more))).rejects.toThrow(message)
    expect(gpu.buffers.counters.usedBytes).toBe(usedBytes)
  })
})
