import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { choosePlan, type Facts, installLine } from '../../scripts/setup/plan.mjs'
import { parseOsRelease } from '../../scripts/setup/system.mjs'

const systems = {
  debian12: parseOsRelease('ID=debian\nVERSION_CODENAME=bookworm\nVERSION_ID=12'),
  debian13: parseOsRelease('ID=debian\nVERSION_CODENAME=trixie\nVERSION_ID=13'),
  debian11: parseOsRelease('ID=debian\nVERSION_CODENAME=bullseye\nVERSION_ID=11'),
  ubuntu22: parseOsRelease('ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=jammy\nVERSION_ID="22.04"'),
  ubuntu24: parseOsRelease('ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\nVERSION_ID="24.04"'),
  fedora: parseOsRelease('ID=fedora\nVERSION_ID=43'),
  unknown: parseOsRelease('PRETTY_NAME="Homemade Linux"'),
}

/** A bare Debian 12 container, as root and without a terminal, unless said otherwise. */
const facts = (more: Partial<Facts> = {}): Facts => ({
  platform: 'linux',
  arch: 'x64',
  glibc: true,
  system: systems.debian12,
  root: true,
  interactive: false,
  apt: true,
  loader: false,
  drivers: [],
  adapter: null,
  ...more,
})

describe('choosePlan', () => {
  it('does nothing when an adapter comes up', () => {
    expect(choosePlan(facts({ adapter: 'NVIDIA H200' })).route).toBe('none')
    expect(choosePlan(facts({ adapter: 'llvmpipe', interactive: true })).ask).toBe(false)
  })

  it('takes Mesa from backports on Debian 12 and from the release itself elsewhere', () => {
    expect(choosePlan(facts())).toMatchObject({
      route: 'apt',
      suite: 'bookworm-backports',
      packages: ['mesa-vulkan-drivers', 'libvulkan1'],
      ask: false,
    })
    for (const system of [systems.debian13, systems.ubuntu22, systems.ubuntu24]) {
      expect(choosePlan(facts({ system }))).toMatchObject({ route: 'apt', suite: null })
    }
  })

  it('unpacks the same packages in the cache folder without root', () => {
    expect(choosePlan(facts({ root: false }))).toMatchObject({ route: 'user-packages', suite: 'bookworm-backports' })
  })

  it('asks when a person is there, and only then', () => {
    for (const root of [true, false]) {
      expect(choosePlan(facts({ root, interactive: true })).ask).toBe(true)
      expect(choosePlan(facts({ root, interactive: false })).ask).toBe(false)
    }
  })

  it('adds only the loader beside a driver of the GPU maker, then everything when that was not it', () => {
    const nvidia = facts({ drivers: ['nvidia'] })
    expect(choosePlan(nvidia).packages).toEqual(['libvulkan1'])
    expect(choosePlan(nvidia, ['loader']).packages).toContain('mesa-vulkan-drivers')
    expect(choosePlan(facts({ drivers: ['nvidia'], loader: true })).packages).toContain('mesa-vulkan-drivers')
  })

  it('falls back to the driver from npm without apt, on releases whose Mesa is too old and after a failure', () => {
    const cases = [
      choosePlan(facts({ apt: false, system: systems.fedora })),
      choosePlan(facts({ system: systems.debian11 })),
      choosePlan(facts(), ['apt']),
      choosePlan(facts({ root: false }), ['user-packages']),
    ]
    for (const plan of cases) expect(plan.route).toBe('swiftshader')
  })

  it('says what to install where nothing can be brought along', () => {
    const arm = choosePlan(facts({ arch: 'arm64', apt: false, system: systems.fedora }))
    expect(arm.route).toBe('advise')
    expect(arm.advice).toContain('dnf install mesa-vulkan-drivers vulkan-loader')
    const unknown = choosePlan(facts({ apt: false, system: systems.unknown }), ['swiftshader'])
    expect(unknown.route).toBe('advise')
    expect(unknown.advice).toContain('libvulkan.so.1')
    expect(unknown.advice).toContain('Homemade Linux')
    expect(choosePlan(facts({ glibc: false, apt: false })).route).toBe('advise')
    expect(choosePlan(facts({ platform: 'win32' })).advice).toContain('Direct3D 12')
  })

  it('names what is missing', () => {
    expect(choosePlan(facts()).reason).toContain('loader')
    expect(choosePlan(facts({ loader: true })).reason).toContain('no Vulkan driver')
    expect(choosePlan(facts({ loader: true, drivers: ['software'] })).reason).toContain('Mesa older than 23')
  })

  it('ends: every machine runs out of routes, none is tried twice, and the end is advice', () => {
    const machine = fc.record({
      platform: fc.constantFrom('linux', 'darwin', 'win32'),
      arch: fc.constantFrom('x64', 'arm64'),
      glibc: fc.boolean(),
      system: fc.constantFrom(...Object.values(systems)),
      root: fc.boolean(),
      interactive: fc.boolean(),
      apt: fc.boolean(),
      loader: fc.boolean(),
      drivers: fc.subarray(['nvidia', 'radeon', 'software']),
      adapter: fc.constant(null),
    })
    fc.assert(
      fc.property(machine, (drawn) => {
        const failed: string[] = []
        for (;;) {
          const plan = choosePlan(drawn, failed)
          if (plan.route === 'advise') {
            expect(plan.advice.length).toBeGreaterThan(20)
            return
          }
          const name = plan.packages.length === 1 ? 'loader' : plan.route
          expect(failed).not.toContain(name)
          expect(plan.ask).toBe(drawn.interactive)
          failed.push(name)
        }
      }),
    )
  })
})

describe('installLine', () => {
  it('names backports only where they are needed', () => {
    expect(installLine(systems.debian12)).toContain('-t bookworm-backports')
    expect(installLine(systems.ubuntu24)).toBe('apt-get install mesa-vulkan-drivers libvulkan1')
    expect(installLine(systems.unknown)).toBeNull()
  })
})
