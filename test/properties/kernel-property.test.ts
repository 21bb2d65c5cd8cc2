import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { timeAt, timeHalves } from '../../src/datasets/events/events.js'
import {
  awkwardSize,
  checkKernels,
  checkProperty,
  eventStream,
  type GpuProperty,
  gpuProperty,
  gradientProperty,
  type KernelPropertyOptions,
  kernelProperty,
  outcomeText,
  tensorShape,
} from '../../src/properties/index.js'
import { defineKernel, type KernelDefinition } from '../../src/runtime/kernel.js'
import { registerShader } from '../../src/runtime/shader.js'
import { testGpu } from '../support/gpu.js'

const shader = (body: string, output = 'f32') => `struct Parameters { n : u32, scale : f32 }
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read> dy : array<f32>;
@group(0) @binding(2) var<storage, read_write> y : array<${output}>;
@group(0) @binding(3) var<uniform> p : Parameters;
#include "lib/grid"
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group : vec3u, @builtin(num_workgroups) groups : vec3u, @builtin(local_invocation_index) local : u32) {
  let i = invocationIndex(group, groups, local);
  _ = &x; _ = &dy;
  ${body}
}
`

function kernelOf(name: string, body: string, output = 'f32'): KernelDefinition {
  registerShader(`test/${name}`, shader(body, output))
  return defineKernel({
    shader: `test/${name}`,
    bindings: { x: 'read', dy: 'read', y: 'write' },
    parameters: { n: 'u32', scale: 'f32' },
    flags: {},
    workgroupSize: 64,
  })
}

const options: KernelPropertyOptions = {
  numbers: { n: awkwardSize(127), scale: fc.constantFrom(0.5, 2) },
  inputs: ({ n = 0 }) => ({ x: { kind: 'f32', elements: n }, dy: { kind: 'f32', elements: n } }),
  outputs: ({ n = 0 }) => ({ y: { kind: 'f32', elements: n } }),
  parameters: (numbers) => numbers,
  invocations: ({ n = 0 }) => n,
}
const small = { ...options, numbers: { ...options.numbers, n: awkwardSize(7) } }
const scaled = ({ x = new Float64Array() }: Readonly<Record<string, Float64Array>>, scale = 0) =>
  x.map((v) => v * scale)
const scaleProperty = (name: string, body: string) =>
  kernelProperty(kernelOf(name, body), (inputs, { numbers }) => ({ y: scaled(inputs, numbers.scale) }), options)

async function failure(property: GpuProperty): Promise<string> {
  const outcome = await checkProperty(await testGpu(), property)
  expect(outcome.passed).toBe(false)
  return outcomeText(outcome)
}

describe('a property of a kernel', () => {
  it('holds for one that is right', async () => {
    const right = scaleProperty('right', 'if (i < p.n) { y[i] = x[i] * p.scale; }')
    expect(await checkProperty(await testGpu(), right)).toMatchObject({ passed: true, runs: 15, counterexample: null })
  })

  it.each<[string, string, string | RegExp]>([
    [
      'that leaves the last workgroup out',
      'if (i < p.n / 64u * 64u) { y[i] = x[i] * p.scale; }',
      /n = 1,[\s\S]*y\[0\] is 7/,
    ],
    ['that adds where it should write', 'if (i < p.n) { y[i] += x[i] * p.scale; }', /n = 1,[\s\S]*y\[0\] is 7/],
    [
      'that writes too far',
      'if (i <= p.n) { y[i] = select(0.0, x[min(i, p.n - 1u)] * p.scale, i < p.n); }',
      /has \d+ elements; element \d+ was written/,
    ],
    ['whose number is not finite', 'if (i < p.n) { y[i] = x[i] * p.scale / f32(min(i + 1u, p.n) - 1u); }', 'n = 1'],
  ])('fails for one %s, at its smallest', async (name, body, message) => {
    expect(await failure(scaleProperty(name.replaceAll(' ', '_'), body))).toMatch(message)
  })

  it('shows what of a large input matters', async () => {
    const wrong = scaleProperty('wrong_at_50', 'if (i < p.n) { y[i] = x[i] * select(p.scale, 3.0, i == 50u); }')
    const text = await failure(wrong)
    expect(text).toContain('n = 61')
    expect(text).toMatch(/x +61 numbers, 0 but \[50\] = -?[\d.]+\n/)
    expect(text).toMatch(/dy +61 numbers, all 0/)
    expect(text).toMatch(/found +y\[50\] is -?[\d.]+, must be -?[\d.]+; 1 of 61 are off/)
    expect(text).toMatch(/again +seed 31, path "/)
  })
})

const gradient = { ...small, result: 'y' }
const square = (x: Float64Array, scale: number) => x.map((v) => scale * v * v)

describe('a property of a gradient', () => {
  const property = (name: string, body: string) =>
    gradientProperty(
      kernelOf(name, body),
      ({ x = new Float64Array() }, { numbers }) => square(x, numbers.scale ?? 0),
      gradient,
    )

  it('holds where differences of the primitive agree', async () => {
    const right = property('gradient_right', 'if (i < p.n) { y[i] = 2.0 * p.scale * x[i] * dy[i]; }')
    expect((await checkProperty(await testGpu(), right)).passed).toBe(true)
  })

  it('fails where they do not', async () => {
    expect(await failure(property('gradient_wrong', 'if (i < p.n) { y[i] = p.scale * x[i] * dy[i]; }'))).toContain(
      'n = 1',
    )
  })

  it('holds a linear kernel and its gradient against each other by the dot test', async () => {
    const forward = (name: string, factor: string) => ({
      kernel: kernelOf(name, `if (i < p.n) { y[i] = x[i] * ${factor}; }`),
      output: 'y',
      options: small,
    })
    const backward = kernelOf('linear_gradient', 'if (i < p.n) { y[i] = dy[i] * p.scale; }')
    const linear = (name: string, factor: string) =>
      gradientProperty(backward, (inputs, { numbers }) => scaled(inputs, numbers.scale), {
        ...gradient,
        linear: forward(name, factor),
      })
    expect((await checkProperty(await testGpu(), linear('linear_right', 'p.scale'))).passed).toBe(true)
    expect(await failure(linear('linear_wrong', '1.25'))).toContain('<x, dx>')
  })
})

describe('a check of kernels', () => {
  const property = (name: string, kernels: string[], holds: boolean): GpuProperty =>
    gpuProperty<number>({
      name,
      kernels,
      cases: fc.nat(),
      holds: async () => {
        if (!holds) throw new Error('it does not')
      },
      runs: 3,
    })
  const properties = [property('one', ['a/x', 'a/y'], true), property('two', ['a/y', 'b/z'], false)]

  it('trusts a kernel only if every property that runs it holds', async () => {
    const result = await checkKernels(await testGpu(), { properties })
    expect(result.passed).toBe(false)
    expect(result.kernels.map(({ kernel, trusted }) => [kernel, trusted])).toEqual([
      ['a/x', true],
      ['a/y', false],
      ['b/z', false],
    ])
    expect(result.outcomes[1]?.counterexample?.text).toContain('case    0')
  })

  it('may be of some kernels, with other seeds and numbers of cases', async () => {
    const result = await checkKernels(await testGpu(), { properties, kernels: ['a/x'], seed: 5, runs: 7 })
    expect(result).toMatchObject({ passed: true, seed: 5 })
    expect(result.outcomes.map(({ name, runs }) => [name, runs])).toEqual([['one', 7]])
    await expect(checkKernels(await testGpu(), { properties, kernels: ['none'] })).rejects.toThrow('a/x, a/y, b/z')
  })

  it('leaves out what the adapter cannot run, and says so', async () => {
    const lanes = { ...property('wide', ['a/x', 'c/wide'], false), runsOn: () => false }
    const result = await checkKernels(await testGpu(), { properties: [...properties, lanes], kernels: ['a/', 'c/'] })
    expect(result.outcomes.map(({ name }) => name)).toEqual(['one', 'two'])
    expect(result.unused).toEqual(['c/wide'])
    expect(result.kernels.map(({ kernel }) => kernel)).toEqual(['a/x', 'a/y', 'b/z'])
  })
})

describe('drawn streams and shapes', () => {
  it('lie on the sensor, in the order of their times', () => {
    fc.assert(
      fc.property(eventStream({ width: 5, height: 3, mostEvents: 30, duration: 100 }), (events) => {
        const halves = timeHalves(events.t)
        for (let i = 0; i < events.count; i++) {
          expect(events.x[i]).toBeLessThan(5)
          expect(events.y[i]).toBeLessThan(3)
          expect(events.polarity[i]).toBeLessThan(2)
          if (i > 0) expect(timeAt(halves, i)).toBeGreaterThanOrEqual(timeAt(halves, i - 1))
        }
      }),
    )
  })

  it('hold as many numbers as may be', () => {
    fc.assert(
      fc.property(tensorShape(3, 500), (sizes) => {
        expect(sizes.length).toBe(3)
        expect(sizes.reduce((product, size) => product * size, 1)).toBeLessThanOrEqual(500)
      }),
    )
  })
})
