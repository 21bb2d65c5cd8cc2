import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FrameSample } from '../../../src/datasets/augmentation/frame-sample.js'
import * as levels from '../../../src/datasets/augmentation/image-levels.js'
import { rotation, sampleFrames, warpFrames } from '../../../src/datasets/augmentation/warp.js'
import { copyOf, images } from './samples.js'

const colours = (height: number, width: number, value: (i: number) => number): FrameSample => ({
  kind: 'image',
  steps: 1,
  height,
  width,
  channels: 3,
  values: Float32Array.from({ length: height * width * 3 }, (_, i) => value(i)),
  fill: Float32Array.of(10, 20, 30),
  deviation: Float32Array.of(1, 1, 1),
})
const level = (i: number) => (i * 37 + Math.floor(i / 3) * 11 + Math.floor((i * i) / 5)) % 256
const small = () => colours(6, 7, level)
const large = (value: (v: number) => number) => colours(40, 40, (i) => value((i * 7 + Math.floor(i / 50) ** 2) % 251))
const still = { a: 1, b: 0, c: 0, d: 1, x: 0, y: 0 }
const digest = ({ values }: FrameSample) =>
  createHash('sha256').update(Uint8Array.from(values, Math.trunc)).digest('hex').slice(0, 16)

describe('operations on levels', () => {
  // digests of what Pillow 12.3.0 makes of the same images
  it.each([
    [
      'autocontrast',
      () => levels.autoContrast(colours(6, 7, (i) => 40 + Math.floor(level(i) / 3))),
      'a90a19b91d4326e3',
    ],
    ['equalize', () => levels.equalize(large((v) => v)), 'cdfb4c5c1b24c322'],
    ['equalize, skewed', () => levels.equalize(large((v) => Math.floor((v * v) / 300))), '54b8cc4f30e66eea'],
    ['posterize 1', () => levels.posterize(small(), 1), '53fc62faaa5d7298'],
    ['posterize 4', () => levels.posterize(small(), 4), 'b80ee61816a20389'],
    ['solarize', () => levels.solarize(small(), 100), 'a0625039c1e3463c'],
    ['color 0.1', () => levels.colour(small(), 0.1), 'ab531f288438e844'],
    ['contrast 0.1', () => levels.contrast(small(), 0.1), '592ffc31b398f2d0'],
    ['brightness 0.1', () => levels.brightness(small(), 0.1), '3e8c9cd4f1173d07'],
    ['sharpness 0.1', () => levels.sharpness(small(), 0.1), '938f73e83bb6132d'],
    ['color 0.37', () => levels.colour(small(), 0.37), '8c4397e0f7c12267'],
    ['contrast 0.37', () => levels.contrast(small(), 0.37), 'ebdaff00498998f3'],
    ['brightness 0.37', () => levels.brightness(small(), 0.37), '347c2f487db99882'],
    ['sharpness 0.37', () => levels.sharpness(small(), 0.37), '54ced7d48f2aac63'],
    ['color 1.81', () => levels.colour(small(), 1.81), 'fef8d85a184ba9ef'],
    ['contrast 1.81', () => levels.contrast(small(), 1.81), '24db1ecfa673b8a3'],
    ['brightness 1.81', () => levels.brightness(small(), 1.81), 'e7f8e31a0f26250b'],
    ['sharpness 1.81', () => levels.sharpness(small(), 1.81), '0dab15151e0ec74a'],
    ['shear, columns', () => sampleFrames(small(), { ...still, b: 0.27 }), 'cc6ad6c4b7393c15'],
    ['shear, rows', () => sampleFrames(small(), { ...still, c: -0.27 }), '643a9a11ba96784f'],
    ['translate', () => sampleFrames(small(), { ...still, x: 2.7 }), '878eeb644690496f'],
    ['rotate', () => warpFrames(small(), rotation(-27)), '0f5e661e044e1dd7'],
  ] as const)('are those of the Python Imaging Library: %s', (_, change, expected) => {
    expect(digest(change())).toBe(expected)
  })

  it('leave an image alone at factor 1, and give whole levels at any factor', () => {
    const operations = [levels.colour, levels.contrast, levels.brightness, levels.sharpness]
    fc.assert(
      fc.property(
        images,
        fc.constantFrom(...operations),
        fc.double({ min: 0, max: 2, noNaN: true }),
        (image, op, f) => {
          expect(op(copyOf(image), 1).values).toEqual(image.values)
          for (const value of op(copyOf(image), f).values)
            expect(Number.isInteger(value) && value >= 0 && value < 256).toBe(true)
        },
      ),
    )
  })

  it('stretch to the full range, and are undone by themselves where they invert', () => {
    fc.assert(
      fc.property(images, (image) => {
        const stretched = levels.autoContrast(copyOf(image))
        for (let c = 0; c < image.channels; c++) {
          const own = (from: FrameSample) => [...from.values].filter((_, i) => i % image.channels === c)
          const before = own(image)
          if (Math.max(...before) > Math.min(...before)) {
            expect(Math.min(...own(stretched))).toBe(0)
            expect(Math.max(...own(stretched))).toBeGreaterThanOrEqual(254)
          }
        }
        expect(levels.invert(levels.invert(copyOf(image))).values).toEqual(image.values)
        expect(levels.solarize(copyOf(image), 256).values).toEqual(image.values)
        expect(levels.posterize(copyOf(image), 8).values).toEqual(image.values)
      }),
    )
  })
})
