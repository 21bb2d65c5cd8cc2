import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDawn } from '../../src/host/node/dawn.js'
import { defineKernel, type KernelDefinition } from '../../src/runtime/kernel.js'
import { PipelineCache } from '../../src/runtime/pipelines.js'
import { registerShader, specializeShader } from '../../src/runtime/shader.js'
import { declaredKernels, flagCombinations } from '../support/kernels.js'

const kernels = await declaredKernels()

// Dawn's null backend validates as any other does and computes nothing: no driver is needed
let device: GPUDevice
const uncaptured: string[] = []

beforeAll(async () => {
  const adapter = await (await createDawn({ backend: 'null' })).requestAdapter()
  if (!adapter) throw new Error('Dawn must offer its null adapter and does not')
  // no limits are asked for: kernels must fit the portable ones; features only where a kernel says that it needs them
  const requiredFeatures = [...new Set(kernels.flatMap(({ needs = [] }) => needs))]
  device = await adapter.requestDevice({ requiredFeatures })
  device.addEventListener('uncapturederror', (event) => {
    // Dawn prints what nobody claims
    event.preventDefault()
    uncaptured.push((event as GPUUncapturedErrorEvent).error.message)
  })
})

afterAll(() => device.destroy())

/** Errors of the WGSL compiler, one line each. */
async function moduleErrors(code: string): Promise<string[]> {
  const information = await device.createShaderModule({ code }).getCompilationInfo()
  return information.messages
    .filter(({ type }) => type === 'error')
    .map(({ lineNum, message }) => `${lineNum}: ${message}`)
}

/** One set of flags for each text that they lead to. */
function distinctTexts(kernel: KernelDefinition) {
  const texts = new Map<string, ReturnType<typeof flagCombinations>[number]>()
  for (const flags of flagCombinations(kernel)) texts.set(specializeShader(kernel.shader, flags), flags)
  return texts
}

describe.each(kernels.map((kernel) => [kernel.name ?? kernel.shader, kernel] as const))('kernel %s', (_, kernel) => {
  it('compiles under every set of flags', async () => {
    const texts = distinctTexts(kernel)
    expect(texts.size).toBeGreaterThan(0)
    for (const [code, flags] of texts) expect(await moduleErrors(code), JSON.stringify(flags)).toEqual([])
  })

  it('fits the pipeline layout of its declaration', async () => {
    const cache = new PipelineCache(device)
    const all = flagCombinations(kernel)
    const step = Math.max(1, Math.floor(all.length / 15))
    const some = all.filter((_set, index) => index % step === 0 || index === all.length - 1)
    for (const flags of some) await cache.get(kernel, flags)
    expect(cache.count).toBe(some.length)
    expect(uncaptured).toEqual([])
  })
})

describe('a kernel that is wrong', () => {
  registerShader(
    'test/wrong',
    `struct Parameters { count : u32 }
@group(0) @binding(0) var<storage, read_write> y : array<u32>;
@group(0) @binding(1) var<uniform> p : Parameters;
@compute @workgroup_size(64) fn main() { y[0] = p.count #if \${BROKEN}
+ 1.5
#endif
; }
`,
  )
  const declare = (access: 'read' | 'write') =>
    defineKernel({
      shader: 'test/wrong',
      bindings: { y: access },
      parameters: { count: 'u32' },
      flags: { BROKEN: false },
      workgroupSize: 64,
    })

  it('is refused with a ShaderError that shows the line', async () => {
    const cache = new PipelineCache(device)
    await expect(cache.get(declare('write'), { BROKEN: true })).rejects.toThrow(/E_SHADER test\/wrong.*line \d+:\d+/)
    expect(() => cache.get(declare('write'), { UNKNOWN: true })).toThrow(/E_SHADER test\/wrong: knows no flag UNKNOWN/)
    await expect(cache.get(declare('write'), {})).resolves.toBeDefined()
  })

  it('is refused when the declaration gives another access than the file', async () => {
    await expect(new PipelineCache(device).get(declare('read'), {})).rejects.toThrow()
  })
})
