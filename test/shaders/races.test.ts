import { describe, expect, it } from 'vitest'
import { CallExpr, detectRaces } from 'wgsl_reflect/wgsl_reflect.module.js'
import { type KernelDefinition, packParameters } from '../../src/runtime/kernel.js'
import { specializeShader } from '../../src/runtime/shader.js'
import { expectClose } from '../../src/testing/tolerance.js'
import {
  denseForwardRun,
  denseWeightGradientRun,
  type InterpretedRun,
  spikeForwardRun,
  spikeWeightGradientRun,
} from '../support/interpreted-convolutions.js'
import { declaredKernels } from '../support/kernels.js'

// the interpreter keeps a call's value in the syntax tree, where other invocations find it: it must compute it instead
CallExpr.prototype.setCachedReturnValue = () => {}

const kernels = await declaredKernels()

/** Element i of row `row` of `[rows, 4]` test numbers. */
const value = (row: number, channel: number) => ((row * 7 + channel * 3) % 11) / 4 - 1

const channels = [0, 1, 2, 3]

/** Three images of two strips, 18 pixels in all: every lane but six is idle. */
function statisticsRun(): InterpretedRun {
  const [images, strips, pixels, epsilon] = [3, 2, 18, 1e-5]
  const moments = new Float32Array(images * strips * 2 * 4)
  const rows = Array.from({ length: images * strips }, (_, strip) => strip)
  const length = (strip: number) => (strip % strips === 0 ? 16 : 2)
  for (const strip of rows)
    for (const c of channels) {
      moments[strip * 8 + c] = value(strip, c)
      moments[strip * 8 + 4 + c] = 1 + value(strip, c) ** 2
    }
  const count = images * pixels
  const mean = channels.map((c) => rows.reduce((sum, strip) => sum + length(strip) * value(strip, c), 0) / count)
  const variance = channels.map(
    (c) =>
      rows.reduce((sum, strip) => {
        const apart = value(strip, c) - (mean[c] ?? 0)
        return sum + 1 + value(strip, c) ** 2 + length(strip) * apart * apart
      }, 0) / count,
  )
  const gamma = [1, 2, 0.5, -1]
  const beta = [0, 1, -1, 0.5]
  const scale = channels.map((c) => (gamma[c] ?? 0) / Math.sqrt((variance[c] ?? 0) + epsilon))
  return {
    buffers: [moments, new Float32Array(gamma), new Float32Array(beta), new Float32Array(16)],
    parameters: {
      quads: 1,
      channels: 4,
      strips,
      pixels,
      imagesPerGroup: images,
      stripLength: 16,
      epsilon,
      lanes: 64,
      rowsPerGroup: 1,
      affineRows: 1,
    },
    groups: 1,
    expected: [
      ...mean,
      ...variance,
      ...scale,
      ...channels.map((c) => (beta[c] ?? 0) - (mean[c] ?? 0) * (scale[c] ?? 0)),
    ],
  }
}

/** Two groups of 66 strips: two lanes take a second strip. */
function gradientMergeRun(): InterpretedRun {
  const [groups, total] = [2, 66]
  const rows = groups * total * 2
  const sums = Float32Array.from({ length: rows * 4 }, (_, i) => value(Math.floor(i / 4), i % 4))
  const expected = Array.from({ length: groups * 2 * 4 }, (_, i) => {
    const [group, half, c] = [Math.floor(i / 8), Math.floor(i / 4) % 2, i % 4]
    let sum = 0
    for (let k = 0; k < total; k++) sum += value((group * total + k) * 2 + half, c)
    return sum
  })
  return {
    buffers: [sums, new Float32Array(groups * 2 * 4)],
    parameters: { quads: 1, total, lanes: 64 },
    groups,
    expected,
  }
}

/** Two steps of three samples of two words. */
function columnPairsRun(): InterpretedRun {
  const [steps, batch, words] = [2, 3, 2]
  // no word has its highest bit: the interpreter counts the bits of such a number for ever
  const spikes = Uint32Array.from({ length: steps * batch * words }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 1)
  const expected = Array.from({ length: steps }, (_, t) => {
    let [pairs, ones] = [0, 0]
    for (let n = 0; n < words * 32; n++) {
      let c = 0
      for (let b = 0; b < batch; b++) c += ((spikes[(t * batch + b) * words + (n >>> 5)] ?? 0) >>> (n & 31)) & 1
      pairs += 2 * c * (batch - c)
      ones += c
    }
    return [pairs, ones]
  }).flat()
  return {
    buffers: [spikes, new Uint32Array(steps * 2)],
    parameters: { words, batch, groups: 1, lanes: 64, firstRecord: 0 },
    groups: steps,
    expected,
  }
}

/** One tile that is mostly empty, and two trips through its loop. */
function productTileRun(): InterpretedRun {
  const [m, n, k] = [3, 5, 17]
  const a = Float32Array.from({ length: m * k }, (_, i) => value(Math.floor(i / k), i % k))
  const b = Float32Array.from({ length: k * n }, (_, i) => value(Math.floor(i / n), (i % n) + 1))
  const expected = Array.from({ length: m * n }, (_, at) => {
    let sum = 0
    for (let i = 0; i < k; i++) sum += value(Math.floor(at / n), i) * value(i, (at % n) + 1)
    return sum
  })
  return {
    buffers: [a, b, new Float32Array(n), new Float32Array(m * n)],
    parameters: { invocations: 64, m, n, k },
    groups: 1,
    expected,
  }
}

const runs: Readonly<Record<string, () => InterpretedRun>> = {
  'normalization/statistics': statisticsRun,
  'normalization/gradient_merge': gradientMergeRun,
  'dissimilarity/column_pairs': columnPairsRun,
  'matrix/product_tile': productTileRun,
  'convolution/dense_forward_tile': denseForwardRun,
  'convolution/spike_forward_tile': spikeForwardRun,
  'convolution/dense_weight_gradient_tile': denseWeightGradientRun,
  'convolution/spike_weight_gradient_tile': spikeWeightGradientRun,
}

/** Races and barrier errors of a dispatch; the buffers hold its results afterwards. */
function interpret(code: string, kernel: KernelDefinition, run: InterpretedRun) {
  const entries: [string, unknown][] = run.buffers.map((buffer, binding) => [`${binding}`, buffer])
  entries.push([`${entries.length}`, { uniform: new Uint32Array(packParameters(kernel, run.parameters)) }])
  return detectRaces(code, 'main', [run.groups], { 0: Object.fromEntries(entries) })
}

const withWorkgroupMemory = kernels.filter(({ shader, flags }) =>
  specializeShader(shader, flags).includes('var<workgroup>'),
)

describe('kernels with workgroup memory', () => {
  it('all have a run here', () => {
    expect(withWorkgroupMemory.map(({ shader }) => shader).sort()).toEqual(Object.keys(runs).sort())
  })

  it('are the only ones with a barrier', () => {
    const barrier = kernels.filter(({ shader, flags }) => specializeShader(shader, flags).includes('Barrier('))
    expect(barrier).toEqual(withWorkgroupMemory)
  })
})

describe.each(withWorkgroupMemory.map((kernel) => [kernel.shader, kernel] as const))('%s', (shader, kernel) => {
  const makeRun = runs[shader]
  const code = specializeShader(shader, kernel.flags)

  it('has no race, meets every barrier with all its invocations, and computes what it says', () => {
    const run = makeRun?.()
    if (!run) throw new Error(`${shader} needs a run`)
    expect(interpret(code, kernel, run)).toEqual({ races: [], errors: [] })
    expectClose(run.buffers.at(-1) ?? [], run.expected, { absolute: 1e-5, relative: 1e-5 })
  })

  it('would be caught without its barrier', () => {
    const run = makeRun?.()
    if (!run) throw new Error(`${shader} needs a run`)
    const { races } = interpret(code.replace('workgroupBarrier();', ''), kernel, run)
    expect(races.length).toBeGreaterThan(0)
  })

  it('would be caught if half of its invocations left before the barrier', () => {
    const run = makeRun?.()
    if (!run) throw new Error(`${shader} needs a run`)
    const { errors } = interpret(
      code.replace('workgroupBarrier();', 'if (local > 31u) { return; } workgroupBarrier();'),
      kernel,
      run,
    )
    expect(errors.join()).toMatch(/barrier/i)
  })
})
