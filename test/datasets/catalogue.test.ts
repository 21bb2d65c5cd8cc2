import { describe, expect, it } from 'vitest'
import { catalogue, catalogueEntry } from '../../src/datasets/catalogue/catalogue.js'
import { editDistance, nearestName } from '../../src/datasets/nearest-name.js'
import { DatasetError } from '../../src/errors.js'

describe('the catalogue', () => {
  it.each([
    ['fashion_mnist', 'fashion-mnist'],
    ['fashion', 'fashion-mnist'],
    ['CIFAR-10', 'cifar10'],
    ['minst', 'mnist'],
    ['digit', 'digits'],
    ['moving shape', 'moving-shapes'],
  ])('suggests for %s the name %s', (wrong, right) => {
    expect(() => catalogueEntry(wrong)).toThrow(DatasetError)
    expect(() => catalogueEntry(wrong)).toThrow(`Did you mean ${right}?`)
  })

  it('lists all names where none is near, and does not choke on a long one', () => {
    expect(() => catalogueEntry('x'.repeat(1e6))).toThrow(
      /there are digits, fashion-mnist, mnist, cifar10, cifar100, affnist, moving-shapes, nmnist, cifar10-dvs/,
    )
    expect(() => catalogueEntry('')).toThrow(DatasetError)
  })

  it('counts edits', () => {
    expect(editDistance('kitten', 'sitting')).toBe(3)
    expect(editDistance('', 'abc')).toBe(3)
    expect(nearestName('qqqqqq', ['mnist'])).toBeNull()
  })

  it('says of every set what a user must know, and checks every download', () => {
    for (const entry of catalogue) {
      expect(catalogueEntry(entry.name)).toBe(entry)
      expect(entry.licence && entry.citation && entry.title).toBeTruthy()
      expect(new Set(entry.classes ?? []).size).toBe(entry.classes === null ? 0 : entry.classCount)
      for (const address of entry.sources?.addresses ?? []) expect(address).toMatch(/^https?:\/\/.*\/$/)
      if (entry.sources && !entry.sources.archive)
        for (const file of entry.files) expect(file.md5).toMatch(/^[0-9a-f]{32}$/)
    }
  })
})
