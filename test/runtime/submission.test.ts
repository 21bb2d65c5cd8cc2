import { describe, expect, it } from 'vitest'
import { awaitNapping } from '../../src/runtime/submission.js'

const soon = <T>(milliseconds: number, value: T) =>
  new Promise<T>((resolve) => setTimeout(resolve, milliseconds, value))

describe('waiting between naps', () => {
  it('gives what the promise gives, soon after it has it', async () => {
    expect(await awaitNapping(Promise.resolve('at once'))).toBe('at once')
    expect(await awaitNapping(soon(30, 'later'))).toBe('later')
  })

  it('fails as the promise fails', async () => {
    await expect(awaitNapping(Promise.reject(new Error('lost')))).rejects.toThrow('lost')
    await expect(awaitNapping(soon(5, 0).then(() => Promise.reject(new Error('lost later'))))).rejects.toThrow('later')
  })

  it('leaves the event loop its turns, but few of them', async () => {
    let turns = 0
    let counting = true
    const count = () => {
      turns++
      if (counting) setImmediate(count)
    }
    setImmediate(count)
    let ticks = 0
    const ticking = setInterval(() => ticks++, 20)
    await awaitNapping(soon(300, null))
    counting = false
    clearInterval(ticking)
    // a loop that only polls takes tens of thousands of turns in this time
    expect(turns).toBeLessThan(2000)
    expect(ticks).toBeGreaterThan(2)
  })
})
