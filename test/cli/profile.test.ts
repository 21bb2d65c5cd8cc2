import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectRefusal, filesBelow, makeFolder, removeFolder, runCli, succeed } from '../support/cli.js'

let folder = ''
beforeAll(() => {
  folder = makeFolder()
  writeFileSync(join(folder, 'mine.wgsl'), shader)
  writeFileSync(join(folder, 'mine.json'), JSON.stringify({ elements: { x: 64, y: 64 }, invocations: 64, flops: 64 }))
  writeFileSync(join(folder, 'broken.json'), '{')
})
afterAll(() => removeFolder(folder))

const shader = `struct Parameters { scale : f32 }
@group(0) @binding(0) var<storage, read> x : array<f32>;
@group(0) @binding(1) var<storage, read_write> y : array<f32>;
@group(0) @binding(2) var<uniform> p : Parameters;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id : vec3u) { y[id.x] = x[id.x] * p.scale; }
`

interface Printed {
  readonly target: string
  readonly phases: readonly { readonly name: string; readonly kernels: readonly { kernel: string; flops: number }[] }[]
}

const profile = async (...args: string[]): Promise<Printed> =>
  JSON.parse((await succeed(folder, ['profile', ...args, '--repeats', '1', '--json'])).stdout)

describe('neuromotif profile', () => {
  it('measures one kernel and leaves a report, a roofline and a trace', async () => {
    const small = ['--steps', '2', '--batch', '2', '--height', '4', '--width', '4', '--channels', '8']
    const { stdout } = await succeed(folder, ['profile', 'neuron/forward', ...small, '--repeats', '1', '--out', 'lif'])
    expect(stdout).toMatch(/neuron\/forward +1 /)
    const files = filesBelow(join(folder, 'lif'))
    expect(files).toEqual(['profile.json', 'report.html', 'roofline.svg', 'trace.json'])
    const trace = JSON.parse(readFileSync(join(folder, 'lif/trace.json'), 'utf8'))
    expect(trace.traceEvents.filter(({ ph }: { ph: string }) => ph === 'X').length).toBe(1)
  })

  it('measures a genome on its data: a training step and an evaluation', async () => {
    const genome = [...Array.from({ length: 6 }, () => new Array<number>(20).fill(1)).flat(), 2].join(',')
    const { phases, target } = await profile(genome, '--dataset', 'digits', '--batch', '4', '--steps', '1')
    expect(target).toMatch(/digits.*batch 4, 1 steps/)
    expect(phases.map(({ name }) => name)).toEqual(['training step', 'evaluation'])
    expect(phases[0]?.kernels.map(({ kernel }) => kernel)).toContain('optimizer/adamw')
  })

  it('measures a network by name', async () => {
    const small = ['--batch', '2', '--side', '8', '--channels', '4', '--steps', '1']
    const { phases, target } = await profile('conv-lif', ...small)
    expect(target).toContain('batch 2')
    expect(phases.map(({ name }) => name)).toEqual(['training step', 'evaluation'])
  })

  it('measures a shader of one’s own, sizes from a file, from options, or from both', async () => {
    const grid = ['--elements', 'x=128', 'y=128', '--invocations', '128']
    for (const [options, flops] of [
      [[...grid, '--set', 'scale=0.5', '--flops', '128'], 128],
      [['--config', 'mine.json', '--set', 'scale=2', '--flops', '99'], 99],
    ] as const) {
      const { phases } = await profile('mine.wgsl', ...options)
      expect(phases[0]?.kernels).toMatchObject([{ kernel: 'mine.wgsl', flops }])
    }
  })

  it.each<[string, readonly string[], number, string | RegExp]>([
    ['a kernel that is not there', ['pooling/none'], 2, /E_OPTION target.*pooling\/average/],
    ['a file that is not there', ['none.wgsl'], 2, 'E_OPTION target'],
    [
      'a size missing',
      ['mine.wgsl', '--elements', 'x=4', '--set', 'scale=1', '--invocations', '4'],
      1,
      /E_SHADER.*binding y/,
    ],
    ['something that is no number', ['mine.wgsl', '--elements', 'x=many'], 2, /E_CONFIG options.*elements.x/],
    ['something that is no pair', ['mine.wgsl', '--elements', 'x'], 2, 'name=value'],
    ['a damaged file', ['mine.wgsl', '--config', 'broken.json'], 2, 'E_CONFIG broken.json'],
    ['a rate beyond one', ['neuron/forward', '--rate', '2'], 2, 'E_OPTION --rate'],
    ['a size at which the op makes no sense', ['pooling/average', '--stride', '99'], 1, 'E_SHAPE'],
  ])('refuses %s', async (_, args, code, message) => {
    expectRefusal(await runCli(folder, ['profile', ...args]), code, message)
  })
})
