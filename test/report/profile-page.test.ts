import { describe, expect, it } from 'vitest'
import { renderPlot } from '../../src/report/plots/render-plot.js'
import { kernelTimePlot, rooflinePlot } from '../../src/report/plots/roofline.js'
import { standaloneSvg } from '../../src/report/plots/standalone.js'
import type { PlotSpec } from '../../src/report/plots/theme.js'
import { profileText, renderProfile, rooflineDrawing } from '../../src/report/profile-page.js'
import type { Profile } from '../../src/runtime/profiler/profile.js'
import { type CostedTime, summarizeKernels } from '../../src/runtime/profiler/summary.js'
import { htmlFault } from './well-formed.js'

const ceilings = { copyGigabytesPerSecond: 10, multiplyAddGigaflopsPerSecond: 100, method: 'timestamps' } as const

const call = (kernel: string, milliseconds: number, more: Partial<CostedTime> = {}): CostedTime => ({
  kernel,
  label: 'op',
  start: 0,
  milliseconds,
  ones: null,
  flops: 0,
  bytes: 1e6,
  ...more,
})

const phase = (name: string, dispatches: readonly CostedTime[]): Profile['phases'][number] => ({
  name,
  wallMilliseconds: 12,
  gpuMilliseconds: 10,
  kernels: summarizeKernels(dispatches, ceilings),
  dispatches,
})

const profileOf = (target: string, ...phases: Profile['phases'][number][]): Profile => ({
  target,
  adapter: 'some GPU',
  software: true,
  timing: { method: 'timestamps', note: 'a note on timing' },
  ceilings,
  repeats: 3,
  phases,
})

const calls = [
  call('convolution/spike_forward', 8, { flops: 2e8, spikes: { binding: 's', neurons: 100 }, ones: 10 }),
  call('elementwise/copy', 2),
]
const profile = profileOf(
  'a network',
  phase('training step', calls),
  phase('evaluation', [call('neuron/lif', 1, { flops: 1e6 })]),
)

async function draw(spec: PlotSpec): Promise<string> {
  const complaints: string[] = []
  const svg = await renderPlot('test', spec, 'a plot', (message) => complaints.push(message))
  expect(complaints).toEqual([])
  return svg.text
}

describe('a profile as text', () => {
  it('names every kernel with its figures, and dashes where there are none', () => {
    const text = profileText(profile)
    expect(text).toMatch(/spike_forward +1 +8 +80\.0 % +1 M +200 M +0\.125 +25 +10\.0 % +1\.25 +3 % +arithmetic/)
    expect(text).toMatch(/elementwise\/copy +1 +2 +20\.0 % +1 M +– +0\.5 +– +– +– +5 % +memory/)
    expect(text).toContain('training step: 10 ms in 2 dispatches, 12 ms by the clock on the wall')
    expect(text).toContain('evaluation: 10 ms in 1 dispatch,')
    expect(text).toContain('a note on timing')
  })
})

describe('the plots of a profile', () => {
  it('draw the roof, every kernel that computes and none that only moves', async () => {
    const svg = await draw(rooflinePlot(profile.phases, ceilings))
    for (const text of ['100 GFLOP/s', '10.0 GB/s', 'convolution/spike_forward', 'neuron/lif', 'operations a byte'])
      expect(svg).toContain(text)
    expect(svg).not.toContain('elementwise/copy')
  })

  it('show where the time goes', async () => {
    const svg = await draw(kernelTimePlot(phase('x', calls)))
    for (const text of ['convolution/spike_forward', 'elementwise/copy', 'at the ceiling']) expect(svg).toContain(text)
  })

  it('stand alone as a file', async () => {
    const drawing = await rooflineDrawing(profile)
    if (!drawing) throw new Error('this profile has a roofline')
    const file = standaloneSvg(drawing)
    expect(file).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"/)
    expect(htmlFault(file)).toBeNull()
  })
})

describe('the page of a profile', () => {
  it('is well-formed, loads nothing and holds its data', async () => {
    const page = await renderProfile(profile, 'neuromotif')
    expect(htmlFault(page)).toBeNull()
    expect(page).not.toMatch(/https?:|@import|<(img|link|iframe)\b|\bsrc=/i)
    const data = /<script type="application\/json" id="profile-data">(.*?)<\/script>/s.exec(page)?.[1] ?? ''
    expect(JSON.parse(data)).toEqual(profile)
  })

  it('leaves out the roofline where nothing computes, and shows hostile names as text', async () => {
    const hostile = '</script><b>'
    const page = await renderProfile(profileOf(hostile, phase(hostile, [call(hostile, 1)])), 'neuromotif')
    expect(htmlFault(page)).toBeNull()
    expect(page).not.toContain('<b>')
    expect(page).not.toContain('Roofline</h3>')
  })
})
