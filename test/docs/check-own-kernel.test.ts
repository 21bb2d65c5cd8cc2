import { expect, it } from 'vitest'
import { brokenRates, rates } from '../../examples/check-own-kernel.js'
import { assertProperty, checkProperty, outcomeText } from '../../src/properties/index.js'
import { testGpu } from '../support/gpu.js'

it('finds the planted bug and shrinks it to one channel, three steps and one spike', async () => {
  const gpu = await testGpu()
  const outcome = await checkProperty(gpu, brokenRates, { seed: 1 })
  expect(outcome.passed).toBe(false)
  const text = outcomeText(outcome)
  // one step is right, and so are whole words; what is left is a channel whose one spike comes after the first step
  expect(text).toContain('numbers channels = 1, steps = 3')
  expect(text).toContain('spikes  [0, 0, 1]')
  expect(text).toContain('found   rate[0] is 0, must be 0.3333333333333333; 1 of 1 are off')
  // the seed and the path lead straight to it
  const { path = '' } = outcome.counterexample ?? {}
  const again = await checkProperty(gpu, brokenRates, { seed: 1, path })
  expect(again.runs).toBe(1)
  expect(again.counterexample?.text).toBe(outcome.counterexample?.text)
  await expect(assertProperty(gpu, brokenRates, { seed: 1 })).rejects.toThrow('steps = 3')
})

it('finds nothing once the kernel is right', async () => {
  await assertProperty(await testGpu(), rates)
})
