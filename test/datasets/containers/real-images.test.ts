import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { archiveEntries } from '../../../src/archives/open-archive.js'
import { readCifarBatches } from '../../../src/datasets/cifar.js'
import { readImageArchive } from '../../../src/datasets/containers/image-folders.js'
import type { ImageSplit } from '../../../src/datasets/types.js'
import { fileSource } from '../../../src/host/node/file-source.js'
import { needs, readNamed, testData } from '../samples.js'

const folder = join(testData, 'cifar10')
const exactBatch = (name: string) => readCifarBatches([readNamed(join(folder, 'cifar-10-batches-bin', `${name}.bin`))])
const labelsOf = (name: string) => readFileSync(join(folder, 'labels', `${name}.labels.u8`))

/** Peak signal-to-noise ratio in dB of the decoded image at `a` against the exact one at `b`. */
function psnr(decoded: ImageSplit, a: number, exact: ImageSplit, b: number): number {
  let squares = 0
  for (let i = 0; i < 3072; i++) {
    const difference = (decoded.pixels[a * 3072 + i] as number) - (exact.pixels[b * 3072 + i] as number)
    squares += difference * difference
  }
  return 10 * Math.log10((255 * 255 * 3072) / squares)
}

/** Compares a part, whose pictures lie sorted by class, with batches of which only the first records are there. */
function compare(decoded: ImageSplit, batches: readonly string[]): number[] {
  const values: number[] = []
  const seen = new Uint32Array(10)
  const perClass = decoded.count / 10
  for (const name of batches) {
    const exact = exactBatch(name)
    labelsOf(name).forEach((label, record) => {
      const number = seen[label] as number
      seen[label] = number + 1
      if (record < exact.count) values.push(psnr(decoded, label * perClass + number, exact, record))
    })
  }
  return values
}

describe('CIFAR-10 as JPEG', () => {
  const { missing, because } = needs(join(folder, 'jpg'))
  it.skipIf(missing)(`decodes to nearly the exact pixels, in the original order${because}`, async () => {
    const values: number[] = []
    for (const [part, count, batches] of [
      ['test', 10_000, ['test_batch']],
      ['train', 50_000, [1, 2, 3, 4, 5].map((i) => `data_batch_${i}`)],
    ] as const) {
      const source = await fileSource(join(folder, 'jpg', `${part}.tar.gz`))
      const paths: string[] = []
      for await (const entry of archiveEntries(source)) paths.push(entry.path)
      expect([paths.length, paths[0]]).toEqual([count, `${part}/airplane/0000.jpg`])
      const start = performance.now()
      const { classes, parts } = await readImageArchive(source)
      console.log(`${part}.tar.gz: ${count} pictures decoded in ${((performance.now() - start) / 1000).toFixed(1)} s`)
      await source.close?.()
      expect(classes).toEqual(
        readFileSync(join(folder, 'cifar-10-batches-bin/batches.meta.txt'), 'utf8').trim().split('\n'),
      )
      const decoded = parts.get(part) as ImageSplit
      expect(decoded).toMatchObject({ count, height: 32, width: 32, channels: 3 })
      expect([...decoded.labels].filter((label) => label === 3)).toHaveLength(count / 10)
      values.push(...compare(decoded, batches))
    }
    expect(values).toHaveLength(9085)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const worst = values.reduce((least, value) => Math.min(least, value))
    console.log(`PSNR over ${values.length} pictures: mean ${mean.toFixed(2)} dB, worst ${worst.toFixed(2)} dB`)
    // a decoder that only repeats colour samples reaches 30.15 and 21.86
    expect(mean).toBeCloseTo(30.5, 1)
    expect(worst).toBeCloseTo(23.1, 1)
  })
})
