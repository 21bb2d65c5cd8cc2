import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectRefusal, makeFolder, removeFolder, runCli, succeed } from '../support/cli.js'

let folder = ''
beforeAll(() => {
  folder = makeFolder()
})
afterAll(() => removeFolder(folder))

describe('neuromotif check', () => {
  it('says of each kernel whether it can be trusted here', async () => {
    const { stdout } = await succeed(folder, [
      'check',
      '--kernel',
      'loss/,random/uniform',
      '--runs',
      '3',
      '--seed',
      '9',
    ])
    expect(stdout).toMatch(/1\/2 holds cross-entropy.*\(3 cases/)
    expect(stdout).toMatch(/loss\/accumulate +trusted\nloss\/cross_entropy +trusted\nrandom\/uniform +trusted/)
    expect(stdout).toContain('All 2 properties hold')
  })

  it('prints its result as JSON', async () => {
    const { stdout } = await succeed(folder, ['check', '--kernel', 'random/uniform', '--runs', '2', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ passed: true, kernels: [{ kernel: 'random/uniform', trusted: true }] })
  })

  it('refuses kernels that no property runs', async () => {
    expectRefusal(await runCli(folder, ['check', '--kernel', 'none/none']), 2, /E_OPTION kernel.*pooling\/average/)
  })
})
