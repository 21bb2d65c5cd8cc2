/** The page of layers names every layer that there is, and no other. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as nn from '../../src/nn/index.js'
import { surrogateNames } from '../../src/ops/neuron/surrogate.js'

const page = readFileSync('docs/layers.md', 'utf8')
const named = new Set([...page.matchAll(/`nn\.(\w+)/g)].map(([, name]) => name))

describe('docs/layers.md', () => {
  it('names what nn exports, all of it and nothing else', () => {
    expect([...named].sort()).toEqual(Object.keys(nn).sort())
  })

  it('names every surrogate', () => {
    const text = page.slice(page.indexOf('**Surrogates**'), page.indexOf('## Encoders'))
    for (const name of surrogateNames) expect(text).toContain(name)
  })

  it('names every preset', () => {
    const text = page.slice(page.indexOf('`nn.presets`'), page.indexOf('**Surrogates**'))
    for (const [library, presets] of Object.entries(nn.presets)) {
      expect(text).toContain(library)
      if (library !== 'spikingJelly') for (const preset of Object.keys(presets)) expect(text).toContain(preset)
    }
  })
})
