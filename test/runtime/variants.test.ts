import { describe, expect, it } from 'vitest'
import { portableVariants, Variants } from '../../src/runtime/variants.js'

const traits = { software: true, subgroupLanes: 8 }

describe('Variants', () => {
  it('takes the first candidate unless a choice says otherwise', () => {
    expect(portableVariants.choose('job', 'small', ['a', 'b'])).toBe('a')
    expect(new Variants(traits, { job: 'b' }).choose('job', 'small', ['a', 'b'])).toBe('b')
    expect(new Variants(traits, { other: 'b' }).choose('job', 'small', ['a', 'b'])).toBe('a')
  })

  it('prefers the choice for a shape class to the one for all of them', () => {
    const variants = new Variants(traits, { job: 'b', 'job small': 'c' })
    expect(variants.choose('job', 'small', ['a', 'b', 'c'])).toBe('c')
    expect(variants.choose('job', 'large', ['a', 'b', 'c'])).toBe('b')
  })

  it('passes over a choice that cannot serve the shape', () => {
    const variants = new Variants(traits, { job: 'b', 'job small': 'c' })
    expect(variants.choose('job', 'small', ['a', 'b'])).toBe('b')
    expect(variants.choose('job', 'small', ['a'])).toBe('a')
  })

  it('has one identity for one set of choices and traits, whatever the order', () => {
    const one = new Variants(traits, { a: 'x', b: 'y' })
    expect(new Variants(traits, { b: 'y', a: 'x' }).identity).toBe(one.identity)
    const others = [
      new Variants(traits),
      new Variants(traits, { a: 'x' }),
      new Variants({ ...traits, subgroupLanes: 4 }, { a: 'x', b: 'y' }),
      new Variants({ ...traits, software: false }, { a: 'x', b: 'y' }),
    ]
    expect(new Set([one, ...others].map(({ identity }) => identity)).size).toBe(5)
  })
})
