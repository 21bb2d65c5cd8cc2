import { describe, expect, it } from 'vitest'
import { checkSplit } from '../../src/datasets/check.js'
import type { ImageSplit } from '../../src/datasets/types.js'
import { DatasetError } from '../../src/errors.js'

const split = (changes: Partial<ImageSplit> = {}): ImageSplit => ({
  kind: 'image',
  count: 3,
  height: 2,
  width: 2,
  channels: 1,
  pixels: new Uint8Array(12),
  labels: Uint8Array.of(0, 1, 2),
  ...changes,
})

describe('checkSplit', () => {
  it('accepts a split whose arrays and labels fit', () => {
    expect(() => checkSplit(split(), 3)).not.toThrow()
  })

  it.each([
    ['a label outside the classes', split({ labels: Uint8Array.of(0, 3, 1) }), /sample 1 has 3/],
    ['a missing label', split({ labels: Uint8Array.of(0, 1) }), /each of 3 samples; it has 2/],
    ['missing pixels', split({ pixels: new Uint8Array(11) }), /12 in all; it has 11/],
  ])('refuses %s', (_, wrong, message) => {
    expect(() => checkSplit(wrong, 3)).toThrow(DatasetError)
    expect(() => checkSplit(wrong, 3)).toThrow(message)
  })
})
