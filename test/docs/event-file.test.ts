import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { asEventStream, balance } from '../../examples/event-file.js'
import { encodeNmnist } from '../datasets/events/encoders.js'
import { readBytes, rowsOf } from '../datasets/events/recordings.js'

const folder = mkdtempSync(join(tmpdir(), 'neuromotif-event-file-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the event files of docs/data.md', () => {
  const rows = Array.from({ length: 50 }, (_, i) => ({
    x: i % 34,
    y: (2 * i) % 34,
    t: 100 * i + 7,
    p: i % 5 === 0 ? 1 : 0,
  }))
  const path = join(folder, 'sample.bin')
  writeFileSync(path, encodeNmnist(rows))

  it('are counted chunk by chunk', async () => {
    const counted = await balance(path, { width: 34, height: 30, chunkBytes: 20 })
    const inside = rows.filter(({ y }) => y < 30)
    expect(counted).toEqual({
      format: 'nmnist',
      width: 34,
      height: 30,
      on: inside.filter(({ p }) => p === 1).length,
      off: inside.filter(({ p }) => p === 0).length,
      first: inside[0]?.t,
      last: inside.at(-1)?.t,
      warnings: [`${rows.length - inside.length} events outside the sensor left out.`],
    })
  })

  it('are written as an Event Stream', async () => {
    const parts: number[] = []
    for await (const part of asEventStream(path, 34, 34)) parts.push(...part)
    expect(rowsOf((await readBytes('a.es', Uint8Array.from(parts))).events)).toEqual(rows)
  })
})
